/** Gathers what one turn of the event loop asks of the database into one transaction, answered after its commit. */
import { unavailable } from "../../protocol/errors.ts";
import { failureOf, isBusy } from "./failures.ts";

/** The connection's transaction, as far as a turn drives it. */
export interface Transaction {
  /** `immediate` takes the right to write at once; otherwise one snapshot is read. */
  begin(immediate: boolean): void;
  commit(): void;
  /** Does nothing outside a transaction. */
  rollback(): void;
  /** Whether it is still open: SQLite itself rolls back when the disk is full or broken. */
  isOpen(): boolean;
  savepoint(): void;
  release(): void;
  /** Undoes what happened since the savepoint, and forgets it. */
  undo(): void;
}

export interface Turns {
  /** Runs the operation in the next turn; what it throws undoes its own writes and no other's. */
  add<T>(writes: boolean, run: () => T): Promise<T>;
  /** Resolves when nothing waits any more; what is added later is refused. */
  end(): Promise<void>;
}

interface Operation {
  readonly writes: boolean;
  /** Runs it and answers how to tell the caller. */
  attempt(): () => void;
  fail(error: unknown): void;
}

/** A longer transaction would keep the event loop from everything else. */
const mostOperations = 500;
const retryMilliseconds = 5;
const mostRetries = 600;

/**
 * `sync` brings commits to the disk where they are not there by themselves. Nothing runs meanwhile: what comes shares the
 * next transaction and its sync, and no lookup sees what a power cut could still undo.
 */
export function turns(transaction: Transaction, sync?: () => Promise<void>): Turns {
  let waiting: Operation[] = [];
  let isScheduled = false;
  let retries = 0;
  let ended: (() => void) | undefined;
  let broken: unknown;

  const schedule = () => {
    isScheduled = true;
    setImmediate(turn);
  };

  const turn = () => {
    const operations = waiting.slice(0, mostOperations);
    waiting = waiting.slice(mostOperations);
    try {
      transaction.begin(operations.some((operation) => operation.writes));
    } catch (error) {
      retries += 1;
      if (isBusy(error) && retries <= mostRetries) {
        waiting = [...operations, ...waiting];
        // Waiting inside SQLite would stop the whole event loop.
        setTimeout(turn, retryMilliseconds);
        return;
      }
      for (const operation of [...operations, ...waiting]) operation.fail(unavailable(error));
      waiting = [];
      retries = 0;
      return next();
    }
    retries = 0;
    void answer(operations);
  };

  const answer = async (operations: readonly Operation[]) => {
    const answers = complete(transaction, operations);
    try {
      if (sync !== undefined && operations.some((operation) => operation.writes)) await sync();
      for (const tell of answers) tell();
    } catch (error) {
      // Whether any of it is on the disk is unknown, and a second sync would not tell (it forgets what failed): from here
      // on nothing is promised any more.
      broken = unavailable(error);
      for (const operation of [...operations, ...waiting.splice(0)]) operation.fail(broken);
    }
    next();
  };

  const next = () => {
    isScheduled = false;
    if (waiting.length > 0) schedule();
    else ended?.();
  };

  return {
    add: (writes, run) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken);
        if (ended !== undefined) return reject(unavailable(new Error("The database is closed.")));
        waiting.push({
          writes,
          attempt: () => {
            const value = run();
            return () => resolve(value);
          },
          fail: reject,
        });
        if (!isScheduled) schedule();
      }),
    end: () =>
      new Promise((resolve) => {
        ended = resolve;
        if (!isScheduled) resolve();
      }),
  };
}

/** Runs the operations and commits: how to tell each caller its answer. */
function complete(transaction: Transaction, operations: readonly Operation[]): Array<() => void> {
  try {
    const answers = boldly(transaction, operations) ?? operations.map((operation) => attempt(transaction, operation));
    transaction.commit();
    return answers;
  } catch (error) {
    transaction.rollback();
    // Lookups fail too: they may have seen what now never happened.
    return operations.map((operation) => () => operation.fail(unavailable(error)));
  }
}

/**
 * Without savepoints, which cost as much as an insert: hardly ever does an operation fail. When one does, nothing of the
 * turn has happened, and all of it runs again, each operation by itself.
 */
function boldly(transaction: Transaction, operations: readonly Operation[]): Array<() => void> | undefined {
  try {
    return operations.map((operation) => operation.attempt());
  } catch {
    transaction.rollback();
    transaction.begin(operations.some((operation) => operation.writes));
    return undefined;
  }
}

function attempt(transaction: Transaction, operation: Operation): () => void {
  if (operation.writes) transaction.savepoint();
  try {
    const tell = operation.attempt();
    if (operation.writes) transaction.release();
    return tell;
  } catch (error) {
    if (!transaction.isOpen()) throw error;
    if (operation.writes) transaction.undo();
    return () => operation.fail(failureOf(error));
  }
}
