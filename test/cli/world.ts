/** Runs a command as somebody at a terminal would. */
import { CommanderError } from "commander";
import { CommandFailure } from "../../src/cli/failure.ts";
import { buildProgram } from "../../src/cli/program.ts";

interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  /** What the command printed first. */
  readonly printed: Promise<string>;
  readonly ended: Promise<Ran>;
}

export function run(...words: readonly string[]): Promise<Ran> {
  return begin(...words).ended;
}

export function begin(...words: readonly string[]): Running {
  const texts = { stdout: "", stderr: "" };
  const printed = Promise.withResolvers<string>();
  const program = buildProgram((text) => {
    texts.stdout += text;
    printed.resolve(text);
  });
  for (const command of commandsOf(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        texts.stdout += text;
      },
      writeErr: (text) => {
        texts.stderr += text;
      },
    });
  }
  return { printed: printed.promise, ended: finish(program.parseAsync(words, { from: "user" }), texts) };
}

async function finish(parsed: Promise<unknown>, texts: { stdout: string; stderr: string }): Promise<Ran> {
  try {
    await parsed;
    return { exitCode: 0, ...texts };
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof CommanderError)) throw error;
    if (error instanceof CommandFailure) texts.stderr += `${error.message}\n`;
    return { exitCode: error.exitCode, ...texts };
  }
}

function commandsOf(command: ReturnType<typeof buildProgram>): Array<ReturnType<typeof buildProgram>> {
  return [command, ...command.commands.flatMap(commandsOf)];
}
