import { describe, expect, it } from "vitest";
import { bar, startProgress, type Terminal } from "../../src/cli/progress.ts";

const recording = (isTTY: boolean) => {
  const written: string[] = [];
  const terminal: Terminal = { isTTY, columns: 60, write: (text) => written.push(text) };
  return { written, terminal };
};

describe("progress", () => {
  it("is drawn in one line, to its end, and wiped", () => {
    const { written, terminal } = recording(true);
    const progress = startProgress({ label: "Work", total: 3 }, terminal);
    for (const done of [0, 1, 2, 3]) progress.reach(done);
    progress.end();
    expect(written[0]).toBe(`\r\u001b[KWork [${".".repeat(40)}] 0/3`);
    expect(written.at(-2)).toBe(`\r\u001b[KWork [${"#".repeat(40)}] 3/3`);
    expect(written.at(-1)).toBe("\r\u001b[K");
    // Not more often than anybody can see.
    expect(written.length).toBeLessThanOrEqual(4);
  });

  it("is not drawn where there is no terminal", () => {
    const { written, terminal } = recording(false);
    const progress = startProgress({ label: "Work", total: 3 }, terminal);
    progress.reach(1);
    progress.end();
    expect(written).toEqual([]);
  });

  it.each([
    [30, "Work [######......]  500/1000"],
    [14, "Work  500/1000"],
  ])("fits %d columns", (columns, line) => {
    expect(bar({ label: "Work", total: 1000, done: 500, columns })).toBe(line);
  });
});
