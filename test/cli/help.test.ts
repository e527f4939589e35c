import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { examples } from "../../src/cli/examples.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { run } from "./world.ts";

const program = buildProgram(() => undefined);
const leaves = (command: Command, path: readonly string[] = []): string[] =>
  command.commands
    .filter((child) => path.length === 0 || child.name() !== "help")
    .flatMap((child) => {
      const words = [...path, child.name()];
      return child.commands.length > 0 ? leaves(child, words) : [words.join(" ")];
    });

describe("help", () => {
  it("has an example for every command", () => {
    expect(leaves(program).filter((path) => examples[path] === undefined)).toEqual([]);
  });

  it.each(Object.entries(examples).map(([path, lines]) => ({ path, lines })))(
    "the examples of `$path` name commands and flags that there are",
    ({ lines }) => {
      for (const line of lines.join("\n").replaceAll("\\\n", "").split("\n")) {
        for (const [, words = ""] of line.matchAll(/tessera ([^|#)]*)/g)) {
          let command: Command = program;
          const [first = "", ...rest] = words.trim().split(/\s+/);
          for (const word of [first, ...rest]) {
            command = command.commands.find((one) => one.name() === word || one.aliases().includes(word)) ?? command;
          }
          // `start` reads its own flags.
          if (command.name() === "start") continue;
          const flags = command.options.flatMap(({ short, long }) => [short, long]);
          for (const flag of rest.filter((word) => /^--?[a-z]/i.test(word))) expect(flags).toContain(flag);
          expect([line, command === program]).toEqual([line, false]);
        }
      }
    },
  );

  it("shows the commands in groups, and where to begin", async () => {
    const { exitCode, stdout } = await run("help");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\nServe:\n {2}serve [\s\S]*\nFirst steps:\n/);
  });

  it.each([
    [["create", "client"], /^Usage: tessera create oauth2-client[\s\S]*\nExamples:\n/],
    [["migrate", "sql", "down"], /^Usage: tessera migrate sql down[\s\S]*--dry-run/],
    [["formats"], /jsonpath=\.\.\./],
    [["environment"], /TESSERA_ADMIN_URL/],
    [["exit-codes"], /\n {2}1 {4}not done/],
  ])("of %j", async (words, text) => {
    const { exitCode, stdout } = await run("help", ...words);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(text)]);
  });
});

describe("a command that there is none of", () => {
  it.each<[string, string]>([
    ["list cleints", "Did you mean `tessera list clients`?"],
    ["creat clinet", "Did you mean `tessera create client`?"],
    ["client create", "Did you mean `tessera create client`?"],
    ["remove client x", "Did you mean `tessera delete client`?"],
    ["add jkw", "Did you mean `tessera create jwk`?"],
    ["perform client-credential", "Did you mean `tessera perform client-credentials`?"],
    ["janitr", "Did you mean `tessera janitor`?"],
    ["help create clinet", "Did you mean `tessera create client`?"],
    ["create something", "There are: oauth2-client, jwk"],
    ["what", "There are: serve, host"],
  ])("%s", async (typed, hint) => {
    const { exitCode, stdout, stderr } = await run(...typed.split(" "));
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("error: unknown command");
    expect(stderr).toContain(hint);
  });

  it("a flag that is mistyped is guessed", async () => {
    expect((await run("get", "client", "x", "--formt", "json")).stderr).toContain("(Did you mean --format?)");
  });
});

describe("what may be a secret is not repeated", () => {
  it.each<[string, readonly string[]]>([
    ["a token in the place of a word", ["introspect", "tsr_at_tiger"]],
    ["a secret behind a mistyped flag", ["create", "client", "--secrt=tiger"]],
    ["a token too many", ["introspect", "token", "a", "tiger"]],
    ["a header without its colon", ["list", "clients", "-H", "Authorization tiger"]],
  ])("%s", async (_what, words) => {
    const { exitCode, stderr } = await run(...words);
    expect([exitCode, stderr]).toEqual([1, expect.not.stringContaining("tiger")]);
  });
});
