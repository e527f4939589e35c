/** What keeps the server from starting: every fault of the configuration, told at once. */

export interface Fault {
  /** A setting's key, or the name of a file. */
  readonly key: string;
  /** What was expected; never the value of a secret. */
  readonly message: string;
  /** The file, flag or variable that said it; null when nobody did. */
  readonly source: string | null;
}

export class ConfigFaults extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(renderFault).join("\n"));
    this.name = "ConfigFaults";
    this.faults = faults;
  }
}

/** One line. */
export function renderFault({ key, message, source }: Fault): string {
  return `${key}: ${message}${source === null ? "" : ` (${source})`}`;
}
