import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderStatus } from "../../src/cli/migrate.ts";
import { files, temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

describe("migrate sql", () => {
  it("brings an empty database up, tells what it did, and finds nothing to do the second time", async () => {
    const dsn = `sqlite://${join(temporaryFolder(), "a.db")}`;
    const planned = await run("migrate", "sql", "up", dsn, "--dry-run");
    expect(planned.stdout).toMatch(/^Pending:\n( {2}\d{4}_\w+\n)+$/);
    const pending = planned.stdout.trimEnd().split("\n").length - 1;
    expect((await run("migrate", "sql", "up", dsn, "--yes")).stdout).toContain(`Applied ${pending}.\n`);
    expect((await run("migrate", "sql", dsn, "-y")).stdout).toBe("Nothing is pending.\n");
  });

  it("status shows every migration, and --block ends at once when nothing is pending", async () => {
    const dsn = `sqlite://${join(temporaryFolder(), "a.db")}`;
    expect((await run("migrate", "sql", "status", dsn)).stdout).toMatch(/^VERSION +NAME +STATUS\n0001 +\w+ +pending\n/);
    await run("migrate", "sql", "up", dsn, "--yes");
    const { stdout } = await run("migrate", "status", dsn, "--block", "--format", "json");
    expect(JSON.parse(stdout)[0]).toMatchObject({ version: "0001", status: "applied" });
  });

  it("down takes back the last ones, after a dry run that says which", async () => {
    const dsn = `sqlite://${join(temporaryFolder(), "a.db")}`;
    await run("migrate", "sql", "up", dsn, "--yes");
    expect((await run("migrate", "sql", "down", dsn, "--steps", "1", "--dry-run")).stdout).toMatch(/^To be taken back/);
    expect((await run("migrate", "sql", "down", dsn, "--steps", "1", "--yes")).stdout).toContain("Took back 1.\n");
    const { stdout } = await run("migrate", "sql", "status", dsn);
    expect(stdout.trimEnd()).toMatch(/pending$/);
  });

  it("CFG-013: without --yes and without anybody to ask nothing is changed", async () => {
    const dsn = `sqlite://${join(temporaryFolder(), "a.db")}`;
    expect(await run("migrate", "sql", "up", dsn)).toMatchObject({
      exitCode: 1,
      stderr: "Nobody is here to ask: say --yes.\n",
    });
    expect((await run("migrate", "sql", "status", dsn)).stdout).not.toContain("applied");
  });

  it("a file names the database, and needs no secrets", async () => {
    const dsn = `sqlite://${join(temporaryFolder(), "a.db")}`;
    const [config = ""] = files({ "a.yml": `dsn: ${dsn}\n` });
    expect((await run("migrate", "sql", "up", "-c", config, "--yes")).stdout).toContain("Applied ");
    const [wrong = ""] = files({ "b.yml": "dsn: oracle://scott:tiger@host\n" });
    const { exitCode, stderr } = await run("migrate", "sql", "up", "-c", wrong, "--yes");
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^dsn: expected/)]);
    expect(stderr).not.toContain("tiger");
  });

  it("CFG-015: a database that is away is one line without its password", async () => {
    const { exitCode, stderr } = await run("migrate", "sql", "status", "postgres://scott:tiger@127.0.0.1:9/tessera");
    expect([exitCode, stderr.trimEnd().split("\n")]).toEqual([
      1,
      [expect.stringContaining("postgres://****@127.0.0.1:9/")],
    ]);
    expect(stderr).not.toContain("tiger");
  });
});

it("status is printed with Hydra's columns", () => {
  const states = [
    { version: "0001_clients", state: "applied" },
    { version: "0002_login_sessions", state: "pending" },
  ] as const;
  expect(renderStatus(states, "table")).toBe(
    "VERSION  NAME            STATUS\n0001     clients         applied\n0002     login_sessions  pending\n",
  );
  expect(JSON.parse(renderStatus(states, "json"))[1]).toEqual({
    version: "0002",
    name: "login_sessions",
    status: "pending",
  });
});
