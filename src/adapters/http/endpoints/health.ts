/** Whether the server lives, and whether it can serve: for load balancers, in Hydra's words. */
import type { HttpReply } from "../message.ts";
import type { ReadyPage } from "../ready-bytes.ts";
import { jsonReply } from "../reply.ts";

export interface HealthOperations {
  /** What is wrong, by what it is wrong with; null when nothing is. */
  readonly readiness: () => Promise<Readonly<Record<string, string | null>>>;
}

export interface HealthOptions {
  /** "/admin" on the admin port. */
  readonly prefix: string;
  /** Whether the reasons are told; the public port only says that there is one. */
  readonly tellsReasons: boolean;
}

const hidden = "The reason is told at the admin port and in the log.";

export function healthPages({ readiness }: HealthOperations, { prefix, tellsReasons }: HealthOptions): ReadyPage[] {
  const ready = async (): Promise<HttpReply> => {
    const faults = Object.entries(await readiness()).filter(([, fault]) => fault !== null);
    if (faults.length === 0) return jsonReply(200, { status: "ok" });
    const errors = faults.map(([name, fault]) => [name, tellsReasons ? fault : hidden]);
    return jsonReply(503, { errors: Object.fromEntries(errors) });
  };
  const alive = () => jsonReply(200, { status: "ok" });
  return [
    { path: `${prefix}/health/alive`, load: alive, freshSeconds: Number.POSITIVE_INFINITY, staleSeconds: 0 },
    // One look at the database a second, however many probes there are.
    { path: `${prefix}/health/ready`, load: ready, freshSeconds: 1, staleSeconds: 0 },
  ];
}

/** The answer of both ports to "ready?" once the server has begun to stop. */
export const stoppingReply: HttpReply = jsonReply(503, { errors: { server: "The server is stopping." } });
