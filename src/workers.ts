/** `--workers`: several processes behind one listener. Who dies is replaced, and what all of them counted is added up. */
import cluster, { type Worker } from "node:cluster";

/** Whether this process is one of several, and serves. */
export const isWorker = cluster.isWorker;

export interface Crew {
  readonly count: number;
  /** Told of what happens to a worker. */
  readonly say: (level: "info" | "warn", message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** One who dies young is not replaced at once: a fault that comes back must not burn the machine. */
const youngMs = 5000;
const pauseMs = 1000;
/** Who does not answer so long is not counted. */
const patienceMs = 1000;
/** A signal that a terminal sends to all of them reaches a worker twice; it takes that for one. */
const signals = ["SIGINT", "SIGTERM"] as const;

type Told =
  | { readonly kind: "serving" }
  | { readonly kind: "ask"; readonly id: number }
  | { readonly kind: "page"; readonly id: number; readonly page: unknown };
type Heard =
  | { readonly kind: "tell"; readonly id: number }
  | { readonly kind: "pages"; readonly id: number; readonly pages: unknown[] };

/** Keeps so many workers until a signal comes; resolves with the exit code when the last of them has ended. */
export function keepWorkers({ count, say }: Crew): Promise<number> {
  const state = { hasServed: false, ending: false, code: 0 };
  const pages = collector();
  const ended = Promise.withResolvers<number>();

  const start = (): void => {
    const startedAt = performance.now();
    const worker = cluster.fork();
    worker.on("message", (told: Told) => {
      if (told.kind === "serving") state.hasServed = true;
      else pages.hear(worker, told);
    });
    worker.once("exit", (code, signal) => {
      if (!state.ending) lost(worker, { code, signal, livedMs: performance.now() - startedAt });
      if (state.ending && living().length === 0) ended.resolve(state.code);
    });
  };

  const lost = (worker: Worker, { code, signal, livedMs }: { code: number; signal: string; livedMs: number }): void => {
    // Nobody has served yet: the settings or the database are wrong, and it has said what.
    if (!state.hasServed) {
      end(code === 0 ? 1 : code, "SIGTERM");
      return;
    }
    say("warn", "a worker has ended and is replaced", { pid: worker.process.pid, code, signal });
    setTimeout(() => !state.ending && start(), livedMs < youngMs ? pauseMs : 0);
  };

  const end = (code: number, signal: NodeJS.Signals): void => {
    if (!state.ending) state.code = code;
    state.ending = true;
    for (const worker of living()) worker.process.kill(signal);
    if (living().length === 0) ended.resolve(state.code);
  };

  for (const signal of signals) process.on(signal, () => end(0, signal));
  for (let number = 0; number < count; number += 1) start();
  return ended.promise;
}

function living(): Worker[] {
  return Object.values(cluster.workers ?? {}).flatMap((worker) => (worker?.isDead() === false ? [worker] : []));
}

/** Asks every worker for its page when one of them is asked for all. */
function collector() {
  interface Round {
    readonly pages: unknown[];
    readonly missing: Set<Worker>;
    readonly finish: () => void;
  }
  const rounds = new Map<number, Round>();
  let last = 0;

  const begin = (asker: Worker, askedId: number): void => {
    last += 1;
    const id = last;
    const asked = living().filter((worker) => worker.isConnected());
    const pages: unknown[] = [];
    const finish = (): void => {
      clearTimeout(patience);
      if (rounds.delete(id) && asker.isConnected()) asker.send({ kind: "pages", id: askedId, pages } satisfies Heard);
    };
    const patience = setTimeout(finish, patienceMs);
    rounds.set(id, { pages, missing: new Set(asked), finish });
    for (const worker of asked) worker.send({ kind: "tell", id } satisfies Heard);
  };

  return {
    hear(worker: Worker, told: Exclude<Told, { kind: "serving" }>): void {
      if (told.kind === "ask") {
        begin(worker, told.id);
        return;
      }
      const round = rounds.get(told.id);
      if (round?.missing.delete(worker) !== true) return;
      round.pages.push(told.page);
      if (round.missing.size === 0) round.finish();
    },
  };
}

/** Says that this worker serves. */
export function sayServing(): void {
  send({ kind: "serving" });
}

/** From now on this worker tells what it has counted when it is asked; answers what all of them have. */
export function joinColleagues(own: () => Promise<unknown>): () => Promise<readonly unknown[]> {
  const waiting = new Map<number, (pages: readonly unknown[]) => void>();
  let last = 0;
  process.on("message", (heard: Heard) => {
    if (heard.kind === "pages") {
      waiting.get(heard.id)?.(heard.pages);
      waiting.delete(heard.id);
    } else if (heard.kind === "tell") {
      void own().then((page) => send({ kind: "page", id: heard.id, page }));
    }
  });
  return () =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      send({ kind: "ask", id: last });
    });
}

function send(told: Told): void {
  process.send?.(told);
}
