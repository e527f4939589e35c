/** The thread of `bcrypt.ts`: compares what it is sent, one after the other. */
import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";
import type { BcryptAnswer, BcryptJob } from "./bcrypt.ts";

parentPort?.on("message", ({ job, secret, hash }: BcryptJob) => {
  parentPort?.postMessage({ job, matches: compareSync(secret, hash) } satisfies BcryptAnswer);
});
