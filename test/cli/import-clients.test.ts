import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWorld, type World } from "../support/server.ts";
import { files } from "../support/settings.ts";
import { run } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
const admin = () => ["-e", world.adminUrl];
const write = (content: string) => files({ "clients.json": content });

describe("import oauth2-client", () => {
  it.each<[string, (ids: readonly string[]) => string]>([
    ["an array", (ids) => JSON.stringify(ids.map((client_id) => ({ client_id, unheard_of: 1 })))],
    ["an object on each line", (ids) => `\uFEFF${ids.map((id) => JSON.stringify({ client_id: id })).join("\r\n\n")}\n`],
    [
      "what `list --format json-pretty` prints",
      (ids) => JSON.stringify({ items: ids.map((client_id) => ({ client_id })) }, null, 2),
    ],
  ])("takes %s", async (what, content) => {
    const ids = [`${what} 1`, `${what} 2`];
    const { exitCode, stdout, stderr } = await run("import", "clients", ...write(content(ids)), ...admin());
    expect([exitCode, stderr, stdout.split("\n").map((line) => line.split("  ")[0])]).toEqual([
      0,
      "",
      ["CLIENT ID", ...ids, ""],
    ]);
    expect((await run("get", "clients", ...ids, "-q", ...admin())).stdout).toBe(`${ids.join("\n")}\n`);
  });

  it("one object alone is printed alone, with the secret made for it", async () => {
    const file = write('{"client_id": "alone", "client_name": "A\u00f1o"}');
    const { stdout } = await run("import", "client", ...file, ...admin(), "--format", "json");
    expect(JSON.parse(stdout)).toMatchObject({
      client_id: "alone",
      client_name: "A\u00f1o",
      client_secret: expect.stringMatching(/^\S+$/),
    });
  });

  it("tells of each that failed and why, imports the others, and ends with 1", async () => {
    const [first = "", second = ""] = files({
      "a.json":
        '[{"client_id":"part-1"}, 7, {"client_id":"part-1"}, {"scope":["no","text"]}, {"client_id":"part-2","grant_types":["x\\u0000"]}]',
      "b.jsonl": '{"client_id":"part-3"}\n{"client_id":\n',
    });
    const { exitCode, stdout, stderr } = await run("import", "clients", first, second, ...admin(), "-q");
    expect([exitCode, stdout]).toEqual([1, "part-1\npart-3\n"]);
    for (const where of [`${first}[1]`, `${first}[2]`, `${first}[3]`, `${first}[4]`, `${second}:2`]) {
      expect(stderr).toContain(`\n${where}: not imported\n`);
    }
    expect(stderr).toContain('"error": "already_exists"');
    expect(stderr).toMatch(/\n2 of 7 clients were imported\.\n$/);
  });

  it("--dry-run says which would be refused, and writes none", async () => {
    await run("create", "client", "--id", "taken", ...admin());
    const file = write(
      '[{"client_id":"taken"},{"client_id":"free"},{"client_id":"free"},{},{"scope":1},{"redirect_uris":["#"]},{"client_name":"\\u0000"}]',
    );
    const { exitCode, stdout, stderr } = await run("import", "client", ...file, "--dry-run", ...admin());
    expect([exitCode, stdout]).toEqual([1, "WOULD BE IMPORTED\nfree\n(an id is made)\n"]);
    expect(stderr).toContain("taken: exists already");
    expect(stderr).toContain("free: stands here twice");
    expect(stderr).toContain("[5]: not imported");
    expect(stderr).toContain("[6]: not imported");
    expect(stderr).toMatch(/2 of 7 clients could be imported\.\n$/);
    expect((await run("get", "client", "free", ...admin())).exitCode).toBe(1);
  });

  it("stops where the server is gone, for all that follow would be told the same", async () => {
    const file = write('[{"client_id":"a"},{"client_id":"b"},{"client_id":"c"}]');
    const { exitCode, stdout, stderr } = await run("import", "clients", ...file, "-e", "http://127.0.0.1:9");
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^The server cannot be reached: .*\n.*\[0\]: not imported\n2 more behind it: not tried\n/);
  });

  it.each([
    ["", "expected clients in JSON"],
    ["{", "expected clients in JSON"],
    ["[]", "found none"],
    ["client_id: a\nscope: b\n", "expected clients in JSON"],
  ])("a file with %j is refused", async (content, reason) => {
    const { exitCode, stderr } = await run("import", "clients", ...write(content), ...admin());
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  it("reads standard input, where no file is named, and hides its flags from the list of processes", async () => {
    const words = ["src/launch.js", "import", "oauth2-client", ...admin(), "-q"];
    const child = spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"] });
    // It waits for its input meanwhile.
    const listed = () => readFileSync(`/proc/${child.pid}/cmdline`, "latin1");
    await vi.waitFor(() => expect(listed()).toMatch(/^tessera/), { timeout: 10_000 });
    expect(listed()).not.toContain(world.adminUrl);
    child.stdin.end('[{"client_id":"piped-1"},{"client_id":"piped-2"}]');
    expect(await text(child.stdout)).toBe("piped-1\npiped-2\n");
  });
});

it.each(["--pgp-key", "--pgp-key-url", "--keybase"])("%s is refused with the way to do it", async (flag) => {
  const { exitCode, stderr } = await run("create", "client", flag, "x", ...admin());
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("gpg --encrypt")]);
});
