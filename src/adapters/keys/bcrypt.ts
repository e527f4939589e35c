/** bcrypt for imported hashes: plain JavaScript, so it runs on a thread that is started when the first one comes. */
import { Worker } from "node:worker_threads";

export type BcryptCheck = (secret: string, hash: string) => Promise<boolean>;

interface Waiting {
  readonly resolve: (matches: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** What travels to the thread and back. */
export interface BcryptJob {
  readonly job: number;
  readonly secret: string;
  readonly hash: string;
}

export interface BcryptAnswer {
  readonly job: number;
  readonly matches: boolean;
}

export function bcryptCheck(): BcryptCheck {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let jobs = 0;

  const start = (): Worker => {
    const started = new Worker(new URL("./bcrypt-thread.ts", import.meta.url));
    started.on("message", ({ job, matches }: BcryptAnswer) => {
      waiting.get(job)?.resolve(matches);
      waiting.delete(job);
      // An idle thread must not keep a process alive that is done.
      if (waiting.size === 0) started.unref();
    });
    const end = (error: Error) => {
      if (worker === started) worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on("error", end);
    started.on("exit", () => end(new Error("The bcrypt thread ended.")));
    return started;
  };

  return (secret, hash) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      jobs += 1;
      waiting.set(jobs, { resolve, reject });
      worker.ref();
      worker.postMessage({ job: jobs, secret, hash } satisfies BcryptJob);
    });
}
