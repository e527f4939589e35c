/** Reads the command line and runs the command. */
import { CommandFailure } from "./cli/failure.ts";
import { buildProgram } from "./cli/program.ts";

// A reader that has seen enough (`tessera list clients | head`) is no fault.
process.stdout.on("error", () => process.exit(0));

try {
  await buildProgram((text) => void process.stdout.write(text)).parseAsync();
} catch (error) {
  const isFailure = error instanceof CommandFailure;
  process.stderr.write(`${isFailure ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = isFailure ? error.exitCode : 1;
}
