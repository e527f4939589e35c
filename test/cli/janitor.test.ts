import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newClient, obtainTokens } from "../support/code-flow.ts";
import { type OpenData, openDatas } from "../support/data.ts";
import { movableClock, startWorld } from "../support/server.ts";
import { files, temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

const day = 24 * 3600;

describe("janitor: CFG-014", () => {
  const dsn = "sqlite:///nowhere/at/all.db";

  it.each([
    ["--limit", "0"],
    ["--limit", "-1"],
    ["--limit", "ten"],
    ["--batch-size", "0"],
    ["--batch-size", "-100"],
    ["--keep-if-younger", "0s"],
    ["--keep-if-younger", "-24h"],
    ["--keep-if-younger", "a day"],
    ["--access-lifespan", "-1h"],
  ])("refuses %s %s", async (flag, value) => {
    const { exitCode, stderr } = await run("janitor", dsn, "--tokens", `${flag}=${value}`);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(flag)]);
  });

  it("refuses batches beyond the limit, and to do nothing at all", async () => {
    const beyond = await run("janitor", dsn, "--tokens", "--limit", "10", "--batch-size", "11");
    expect([beyond.exitCode, beyond.stderr]).toEqual([1, "--batch-size: expected no more than --limit\n"]);
    const nothing = await run("janitor", dsn);
    expect([nothing.exitCode, nothing.stderr]).toEqual([1, expect.stringContaining("--tokens, --requests, --grants")]);
    expect((await run("janitor", "--tokens")).stderr).toContain("Which database?");
  });

  it("makes no database, and touches none in memory", async () => {
    const file = join(temporaryFolder(), "none.db");
    const { exitCode, stderr } = await run("janitor", `sqlite://${file}`, "--tokens");
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`There is no database '${file}'.`)]);
    expect((await run("janitor", "memory", "--tokens")).exitCode).toBe(1);
  });
});

describe.each(openDatas)("janitor on $name", ({ name, open }) => {
  let data: OpenData;
  const count = async (table: string) => Number((await data.sql(`select count(*) as n from ${table}`))[0]?.n);
  const counts = async () => ({
    tokens: await count("access_tokens"),
    flows: await count("flows"),
    consents: await count("authorizations"),
    families: await count("refresh_families"),
  });

  // Three sign-ins of last year, and one of today.
  beforeAll(async () => {
    data = await open();
    const clock = movableClock(new Date(Date.now() - 400 * day * 1000));
    const world = await startWorld({ dsn: data.dsn, clock });
    const client = await newClient(world);
    for (let turn = 0; turn < 3; turn += 1) {
      clock.advance(1);
      await obtainTokens(world, client);
    }
    clock.advance(400 * day);
    await obtainTokens(world, client);
    await world.close();
  });
  afterAll(() => data?.close());

  it("keeps what is younger than it is told", async () => {
    const { stdout } = await run("janitor", data.dsn, "--tokens", "--requests", "--keep-if-younger", "9600h");
    expect(stdout).toMatch(/tokens: 0 rows removed\n.*requests: 0 rows removed\n/);
    expect(await counts()).toEqual({ tokens: 4, flows: 4, consents: 4, families: 4 });
  });

  it("tells dryly what would go", async () => {
    const all = ["--tokens", "--requests", "--grants"];
    const { exitCode, stdout } = await run("janitor", data.dsn, ...all, "--dry-run");
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^Of tokens, [1-9]\d* rows would be removed\nOf requests, 6 rows would be removed\nOf grants, 0 rows would be removed\n$/,
      ),
    ]);
    expect(await counts()).toEqual({ tokens: 4, flows: 4, consents: 4, families: 4 });
    const some = await run("janitor", data.dsn, "--requests", "--dry-run", "--limit", "2", "--batch-size", "1");
    expect(some.stdout).toBe("Of requests, 4 rows would be removed\n");
  });

  it("removes no more than its limit, in batches", async () => {
    const { stdout } = await run("janitor", data.dsn, "--requests", "--limit", "2", "--batch-size", "1");
    expect(stdout).toBe("Successfully completed Janitor run on requests: 4 rows removed\n");
    expect(await counts()).toEqual({ tokens: 4, flows: 2, consents: 4, families: 4 });
  });

  it("takes Hydra's flags, a file instead of a DSN, and needs no secrets", async () => {
    const [config = ""] = files({ "a.yml": `dsn: ${data.dsn}\n` });
    const flags = ["--access-lifespan=1h", "--refresh-lifespan=2h", "--consent-request-lifespan=10m"];
    const numbers = (text: string) => text.match(/\d+/g);
    const told = numbers((await run("janitor", data.dsn, "--tokens", "--requests", "--grants", "--dry-run")).stdout);
    const { exitCode, stdout } = await run("janitor", "-c", config, "--tokens", "--requests", "--grants", ...flags);
    expect(numbers(stdout)).toEqual(told);
    expect([exitCode, stdout.split("\n").map((line) => line.replace(/:.*/, ""))]).toEqual([
      0,
      [...["tokens", "requests", "grants"].map((part) => `Successfully completed Janitor run on ${part}`), ""],
    ]);
    expect(await counts()).toEqual({ tokens: 1, flows: 1, consents: 1, families: 1 });
    expect((await run("janitor", data.dsn, "--tokens", "--requests")).stdout).toMatch(/: 0 rows.*\n.*: 0 rows/);
  });

  it("leaves a SQLite file to the server that owns it and says so, and works beside one on PostgreSQL", async () => {
    const world = await startWorld({ dsn: data.dsn });
    const { exitCode, stdout } = await run("janitor", data.dsn, "--tokens");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      name === "sqlite"
        ? /in use by another Tessera process.*\nThat process removes what has expired/
        : /^Successfully/,
    );
    await world.close();
  });
});
