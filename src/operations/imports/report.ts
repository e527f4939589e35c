/** What became of what was read, counted; and in words, what did not come along. */

export interface PartReport {
  /** Rows that were looked at. */
  readonly read: number;
  readonly written: number;
  /** Here already, from an earlier import or by another way. */
  readonly present: number;
  /** Not brought along. */
  readonly lost: number;
  /** Why, each about one thing; the first of them only. */
  readonly notes: readonly string[];
}

/** `nothing`: there was nothing about it to bring along. */
export type Outcome = "written" | "present" | "nothing";

export interface Tally {
  count(outcome: Outcome): void;
  lose(name: string, why: string): void;
  /** About what came along, but not whole. */
  remark(name: string, what: string): void;
  readonly read: number;
  report(): PartReport;
}

/** A million tokens that have expired need not be named one by one. */
const mostNotes = 100;

export function tally(): Tally {
  const counts = { written: 0, present: 0, nothing: 0 };
  let lost = 0;
  const notes: string[] = [];
  const note = (name: string, text: string) => {
    if (notes.length < mostNotes) notes.push(`${name}: ${text}`);
  };
  const read = () => counts.written + counts.present + counts.nothing + lost;
  return {
    count: (outcome) => {
      counts[outcome] += 1;
    },
    lose(name, why) {
      lost += 1;
      note(name, why);
    },
    remark: note,
    get read() {
      return read();
    },
    report: () => ({ read: read(), written: counts.written, present: counts.present, lost, notes }),
  };
}
