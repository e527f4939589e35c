/** Does the chores of a serving process: a timer each, a lease for whoever works, one bounded step after another. */
import type { Chore } from "../../ports/chores.ts";
import type { LeaseStore } from "../../ports/store/leases.ts";
import { inSpan } from "../telemetry/span.ts";

export interface ChoreOptions {
  readonly leases: LeaseStore;
  /** A UUID: which process this is. */
  readonly holder: string;
  readonly now: () => Date;
  /** Told once for each time that a chore begins to fail, and, with undefined, when it is well again. */
  readonly told: (name: string, failure: unknown) => void;
}

export interface Chores {
  /** Looks after a chore at once, because there is something to do. */
  wake(name: string): void;
  /** Looks after every chore now; resolves when nothing is left to do, or somebody else does it. */
  run(): Promise<void>;
  /** No step begins any more; resolves when the running ones have ended. */
  close(): Promise<void>;
}

const leaseMs = 30_000;
/** A lease is renewed long before its end: clocks differ. */
const renewMs = 10_000;
/** Whoever found nothing to do is faster. */
const busyStepMs = 2;
const leastRestMs = 60;
/** The start of a server is busy enough. */
const firstMs = 3000;

export function runChores(chores: readonly Chore[], options: ChoreOptions): Chores {
  const loops = new Map(chores.map((chore) => [chore.name, run(chore, options)]));
  return {
    wake: (name) => void loops.get(name)?.look(),
    async run() {
      await Promise.all([...loops.values()].map((loop) => loop.look()));
    },
    async close() {
      await Promise.all([...loops.values()].map((loop) => loop.end()));
    },
  };
}

function run(chore: Chore, options: ChoreOptions) {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  let isFailing = false;
  const state = { isWanted: false, isEnding: false };

  const schedule = (ms: number): void => {
    clearTimeout(timer);
    // Spread, so that processes which started together do not look together for ever.
    if (!state.isEnding) timer = setTimeout(() => void look(), ms * (0.75 + spread() / 2)).unref();
  };
  const once = async (): Promise<void> => {
    try {
      await whileLeased(chore, options, () => state.isEnding);
      if (isFailing) options.told(chore.name, undefined);
      isFailing = false;
    } catch (error) {
      if (!isFailing) options.told(chore.name, error);
      isFailing = true;
    }
  };
  const work = async (): Promise<void> => {
    do {
      state.isWanted = false;
      await once();
    } while (state.isWanted && !state.isEnding);
  };
  const look = (): Promise<void> => {
    if (state.isEnding) return Promise.resolve();
    // Who asks during a look may mean something that came after it had looked.
    state.isWanted = true;
    underWay ??= work().finally(() => {
      underWay = undefined;
      schedule(chore.everySeconds * 1000);
    });
    return underWay;
  };

  schedule(Math.min(firstMs, chore.everySeconds * 1000));
  return {
    look,
    async end() {
      state.isEnding = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

/** Step after step, for as long as there is something to do and the lease is ours. */
/**
 * Four times as long as the step took; after one that has moved rows never less than lets a disk keep up: when rows went
 * twice as fast, the database's checkpoints held requests up for 180 ms.
 */
function restAfter(tookMs: number): number {
  return tookMs < busyStepMs ? 4 * tookMs : Math.max(leastRestMs, 4 * tookMs);
}

async function whileLeased(chore: Chore, options: ChoreOptions, isEnding: () => boolean): Promise<void> {
  const { leases, holder, now } = options;
  const take = () => leases.take(chore.name, holder, now(), new Date(now().getTime() + leaseMs));
  if (!(await take())) return;
  let takenAt = performance.now();
  try {
    while (!isEnding()) {
      const startedAt = performance.now();
      if (startedAt - takenAt > renewMs) {
        if (!(await take())) return;
        takenAt = startedAt;
      }
      if (!(await inSpan("chore", chore.name, () => chore.step(now())))) return;
      await rest(restAfter(performance.now() - startedAt));
    }
  } finally {
    await leases.release(chore.name, holder);
  }
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, 1000)));
}

/** The clock's microseconds are chance enough. */
function spread(): number {
  return (performance.now() * 1000) % 1;
}
