import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { files } from "../support/settings.ts";
import { run } from "./world.ts";

// One shell for all lines: what it would complete at the end of each.
async function completed(lines: readonly string[]): Promise<string[][]> {
  const { stdout: script } = await run("completion", "bash");
  const [file = ""] = files({ "completion.bash": script });
  const ask = `
    source "$0"
    for line in "$@"; do
      read -ra COMP_WORDS <<< "$line"
      [[ "$line" == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      compopt() { :; }
      _tessera
      echo "\${COMPREPLY[*]}"
    done`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", ask, file, ...lines], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split(" "));
}

describe("completion", () => {
  it("bash completes commands by each of their names, flags and their values", async () => {
    const cases: ReadonlyArray<readonly [line: string, found: readonly string[]]> = [
      ["tessera cre", ["create"]],
      ["tessera create cl", ["client", "clients"]],
      ["tessera ls clients --page", ["--page-size", "--page-token"]],
      ["tessera get client x --format js", ["json", "json-pretty", "jsonpath=", "jsonpointer="]],
      ["tessera list clients --protocol ", ["grpc", "connect"]],
      ["tessera migrate sql ", ["up", "down", "status"]],
      ["tessera migrate sql down --s", ["--steps"]],
      ["tessera completion z", ["zsh"]],
      ["tessera get client x --nope", [""]],
    ];
    const answers = await completed(cases.map(([line]) => line));
    expect(cases.map(([line], at) => [line, answers[at]?.toSorted()])).toEqual(
      cases.map(([line, found]) => [line, [...found].sort()]),
    );
  });

  it.each([
    ["zsh", /^#compdef tessera\n/, '"create/client") place="create oauth2-client"'],
    ["fish", /^# fish/, `complete -c tessera -n 'test (__tessera_place) = "list"' -f -a clients`],
    ["powershell", /^# PowerShell/, "'create/client' = 'create oauth2-client'"],
  ])("%s has every command and flag too", async (shell, start, step) => {
    const { exitCode, stdout } = await run("completion", shell);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(start)]);
    for (const text of [step, "trusted-issuer", "keep-if-younger", "jsonpointer="]) expect(stdout).toContain(text);
    expect(stdout).not.toContain("undefined");
  });

  it("another shell is refused with those that there are", async () => {
    const { exitCode, stderr } = await run("completion", "csh");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("bash, zsh, fish, powershell")]);
  });
});
