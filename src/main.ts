/** Reads the command line and runs the command. */
import { CommandFailure } from "./cli/failure.ts";
import { buildServerProgram, servingWords } from "./cli/server-program.ts";

// A reader that has seen enough (`tessera list clients | head`) is no fault.
process.stdout.on("error", () => process.exit(0));
// Nor is one who reads no more of what goes wrong: a server serves on.
process.stderr.on("error", () => undefined);

async function program() {
  const [, , word = "", ...flags] = process.argv;
  const asksForHelp = flags.includes("--help") || flags.includes("-h");
  if (servingWords.has(word) && !asksForHelp) return buildServerProgram();
  // Flags may hold secrets, and everybody on this machine can list processes.
  process.title = "tessera";
  const { buildProgram } = await import("./cli/program.ts");
  return buildProgram((text) => void process.stdout.write(text));
}

try {
  const isAlone = process.argv.length <= 2;
  await (await program()).parseAsync(isAlone ? [...process.argv, "help"] : process.argv);
} catch (error) {
  const isFailure = error instanceof CommandFailure;
  process.stderr.write(`${isFailure ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = isFailure ? error.exitCode : 1;
  // One of several: the line to the first process would keep it alive.
  if (process.connected) process.exit();
}
