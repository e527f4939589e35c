/** `grpc.health.v1`: whether this process takes calls, for the whole and for each service. */
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.js";

export interface HealthService {
  readonly methods: ServiceImpl<typeof Health>;
  /** Tells every watcher. */
  setServing(serving: boolean): void;
  /** The server stops: tells every watcher, and ends the watching, so that nobody's watch keeps it. */
  end(): void;
}

/** `services` are the names that may be asked for; "" is the server as a whole. */
export function healthService(services: readonly string[]): HealthService {
  const known = new Set(["", ...services]);
  const watchers = new Set<() => void>();
  let serving = false;
  let hasEnded = false;

  const statusOf = (service: string): Status => {
    if (!known.has(service)) return Status.SERVICE_UNKNOWN;
    return serving ? Status.SERVING : Status.NOT_SERVING;
  };

  const changed = (signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      watchers.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    watchers.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    return promise;
  };

  const setServing = (now: boolean): void => {
    serving = now;
    for (const wake of [...watchers]) wake();
  };

  return {
    setServing,
    end() {
      hasEnded = true;
      setServing(false);
    },
    methods: {
      check: ({ service }) => {
        if (!known.has(service)) throw new ConnectError("The service is not known.", Code.NotFound);
        return { status: statusOf(service) };
      },
      list: () => ({
        statuses: Object.fromEntries([...known].map((service) => [service, { status: statusOf(service) }])),
      }),
      // The protocol wants an unknown service watched too: it may appear.
      watch: async function* ({ service }, { signal }) {
        let last: Status | undefined;
        while (!signal.aborted) {
          const status = statusOf(service);
          if (status !== last) yield { status };
          else if (hasEnded) return;
          else await changed(signal);
          last = status;
        }
      },
    },
  };
}
