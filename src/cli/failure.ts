/** How a command says that it cannot: lines for standard error, and an exit code. */

export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(lines: string | readonly string[], exitCode = 1) {
    super(typeof lines === "string" ? lines : lines.join("\n"));
    this.name = "CommandFailure";
    this.exitCode = exitCode;
  }
}

/** The first line of whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ""] = error.message.split("\n");
  const cause = line === "" || line === "fetch failed" ? error.cause : undefined;
  return cause === undefined ? line || error.name : reasonOf(cause);
}
