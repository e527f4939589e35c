/** How a server ends: its ports together, then what they rested on, the last first; whoever asks again is in a hurry. */

export interface Stop {
  /** Its requests finish, or are cut after `graceMs`. */
  addPort(close: (graceMs: number) => Promise<void>): void;
  /** Something that ports rest on. */
  addSupply(close: () => Promise<void>): void;
  readonly hasBegun: () => boolean;
  /** Resolves when everything is closed; asked again, with the shorter grace. */
  run(graceMs: number): Promise<void>;
}

// When no request is left, nobody waits for a database that does not answer.
const supplyMs = 2000;

export function stop(): Stop {
  const ports: Array<(graceMs: number) => Promise<void>> = [];
  const supplies: Array<() => Promise<void>> = [];
  let ending: Promise<void> | undefined;

  const end = async (graceMs: number): Promise<void> => {
    const closed = await Promise.allSettled(ports.map((close) => close(graceMs)));
    for (const close of supplies.toReversed()) {
      closed.push(...(await Promise.allSettled([Promise.race([close(), passed(supplyMs)])])));
    }
    const failures = closed.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("; "));
  };

  return {
    addPort: (close) => ports.push(close),
    addSupply: (close) => supplies.push(close),
    hasBegun: () => ending !== undefined,
    run(graceMs) {
      if (ending === undefined) ending = end(graceMs);
      else for (const close of ports) close(graceMs).catch(() => undefined);
      return ending;
    },
  };
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
