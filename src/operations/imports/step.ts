/** One kind of thing on its way from the other server's database into ours. */
import type { ImportPart, ImportSource, Read } from "../../ports/import-source.ts";
import type { Ports } from "../../ports/ports.ts";
import { OAuthError } from "../../protocol/errors.ts";
import { type Outcome, type PartReport, type Tally, tally } from "./report.ts";

export type ImportPorts = Pick<Ports, "config" | "store" | "keyMaker" | "random">;

export interface Step<Thing, Judged> {
  readonly part: ImportPart;
  readonly batches: AsyncIterable<readonly Read<Thing>[]>;
  /** As it would be stored; refuses what may not be here. Null: there is nothing to bring along. */
  judge(thing: Thing): Judged | null;
  /** What of it does not come along. */
  losses?(thing: Thing): readonly string[];
  /** What would become of one that nobody knows here; that it is written, unless this says otherwise. */
  foresee?(judged: Judged): Outcome;
  /** In their order; a text says why one could not be written. */
  write(judged: readonly Judged[]): Promise<ReadonlyArray<Outcome | { readonly lost: string }>>;
}

export interface Way {
  readonly source: Pick<ImportSource, "count">;
  /** Only judged, and nothing written. */
  readonly isDry: boolean;
  /** Told after each batch: so many of so many rows are done. */
  progress(part: ImportPart, done: number, total: number): void;
}

export async function perform<Thing, Judged>(step: Step<Thing, Judged>, way: Way): Promise<PartReport> {
  const total = await way.source.count(step.part);
  const counted = tally();
  way.progress(step.part, 0, total);
  for await (const batch of step.batches) {
    const judged = batch.flatMap((read) => judge(step, read, counted));
    const values = judged.map(({ value }) => value);
    const outcomes = way.isDry ? values.map((value) => step.foresee?.(value) ?? "written") : await step.write(values);
    judged.forEach(({ name }, index) => {
      const outcome = outcomes[index] ?? "nothing";
      if (typeof outcome === "string") counted.count(outcome);
      else counted.lose(name, outcome.lost);
    });
    way.progress(step.part, counted.read, Math.max(total, counted.read));
  }
  return counted.report();
}

function judge<Thing, Judged>(
  step: Step<Thing, Judged>,
  read: Read<Thing>,
  counted: Tally,
): Array<{ readonly name: string; readonly value: Judged }> {
  const { name } = read;
  if ("fault" in read) {
    counted.lose(name, read.fault);
    return [];
  }
  try {
    const value = step.judge(read.thing);
    if (value === null) {
      counted.count("nothing");
      return [];
    }
    for (const loss of step.losses?.(read.thing) ?? []) counted.remark(name, loss);
    return [{ name, value }];
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    counted.lose(name, error.message);
    return [];
  }
}
