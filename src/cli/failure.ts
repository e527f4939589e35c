/** How a command says that it cannot: lines for standard error, and an exit code. */

export class CommandFailure extends Error {
  readonly exitCode = 1;
  /** For commands that go on: the API's `error`, or that there is no server. */
  readonly reason: string;

  constructor(lines: string | readonly string[], reason = "") {
    super(typeof lines === "string" ? lines : lines.join("\n"));
    this.name = "CommandFailure";
    this.reason = reason;
  }
}

/** The first line of whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [line = ""] = error.message.split("\n");
  const cause = line === "" || line === "fetch failed" ? error.cause : undefined;
  return cause === undefined ? line || error.name : reasonOf(cause);
}
