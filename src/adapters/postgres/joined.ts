/** Gathers the rows that one turn of the event loop brings for one statement, so that they cost one round trip. */
import { unavailable } from "../../protocol/errors.ts";
import { isBadRow } from "./failures.ts";

/** A second statement is sent beside the first only above this many waiting rows. */
const pressing = 16;
const maxRows = 500;
const maxWaiting = 10_000;

interface Waiting<Row, Answer> {
  readonly row: Row;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * For inserts and lookups only: updates of shared rows would deadlock, and a row that comes twice would win twice.
 * `run` answers row by row, in order. A row that the database cannot take fails its own caller and no other; a lost
 * connection fails them all, and is never run again.
 */
export function joined<Row, Answer>(
  run: (rows: readonly Row[]) => Promise<readonly Answer[]>,
): (row: Row) => Promise<Answer> {
  let waiting: Waiting<Row, Answer>[] = [];
  let underWay = 0;
  let isScheduled = false;

  function flush(): void {
    isScheduled = false;
    while (waiting.length > 0 && (underWay === 0 || (underWay === 1 && waiting.length > pressing))) {
      const batch = waiting.length <= maxRows ? waiting : waiting.slice(0, maxRows);
      waiting = waiting.slice(batch.length);
      underWay += 1;
      void settle(batch).finally(() => {
        underWay -= 1;
        flush();
      });
    }
  }

  async function settle(batch: readonly Waiting<Row, Answer>[]): Promise<void> {
    try {
      const answers = await run(batch.map((one) => one.row));
      if (answers.length !== batch.length) throw new Error("A joined statement must answer every row.");
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      if (batch.length > 1 && isBadRow(error)) await settleSingly(batch);
      else for (const one of batch) one.reject(error);
    }
  }

  async function settleSingly(batch: readonly Waiting<Row, Answer>[]): Promise<void> {
    for (const one of batch) await settle([one]);
  }

  return (row) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= maxWaiting) {
        return reject(unavailable(new Error("Too many rows are waiting for the database.")));
      }
      waiting.push({ row, resolve, reject });
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(flush);
    });
}
