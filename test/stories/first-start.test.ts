/** The first start, and starts that must not be: empty databases, many processes at once, a file that has an owner, a wrong secret. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { migrateUp, migrationVersions } from "../../src/adapters/migrate.ts";
import { isActive, newClient, obtainTokens, type TestClient } from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase, query } from "../support/database.ts";
import { askToken, refusal, revokeToken } from "../support/grants.ts";
import { launch, type ProcessOptions, run, type ServerProcess, startProcess, until } from "../support/process.ts";
import { type Callable, startWorld } from "../support/server.ts";

const processes: ServerProcess[] = [];
afterEach(() => Promise.all(processes.splice(0).map((one) => one.kill())));

async function start(options: ProcessOptions): Promise<ServerProcess> {
  const server = await startProcess(options);
  processes.push(server);
  return server;
}

async function emptyPostgres(kind: "empty" | "migrated"): Promise<string> {
  const database = await postgresDatabase(kind);
  onTestFinished(() => database.drop());
  return database.dsn;
}

function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-first-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `sqlite://${join(folder, "tessera.db")}`;
}

const adminReady = (server: Callable) => server.admin("GET", "/admin/health/ready");
const machine = { grant_type: "client_credentials", scope: "read" };
const onlyMachine = (server: Callable) => newClient(server, { access_token_strategy: "jwt" });

describe.runIf(hasPostgres)("on an empty PostgreSQL", () => {
  test("a server starts, is not ready, tells operators the command to run, and works once it has been run", async () => {
    const dsn = await emptyPostgres("empty");
    const server = await start({ dsn });
    const ready = await adminReady(server);
    expect(ready.status).toBe(503);
    const told = ready.body.errors.migrations;
    expect(told).toContain("tessera migrate sql up -e --yes");
    // OPS-001: the public port does not say why.
    const shown = await server.get("/health/ready");
    expect(shown.status).toBe(503);
    expect(shown.body).toEqual({ errors: { migrations: "The reason is told at the admin port and in the log." } });
    expect((await server.get("/health/alive")).status).toBe(200);
    for (const path of ["/.well-known/jwks.json", "/.well-known/openid-configuration"]) {
      const early = await server.get(path);
      expect([early.status, early.body.error]).toEqual([503, "temporarily_unavailable"]);
      expect(early.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    }
    const refused = await askToken(server, { id: "anybody", secret: "something" }, machine);
    expect(refusal(refused)).toEqual([503, "temporarily_unavailable"]);

    const [command = "", ...args] = told.slice(told.indexOf("tessera ")).split(" ");
    expect(command).toBe("tessera");
    const migration = run(args, { DSN: dsn });
    expect(await migration.exited).toEqual({ code: 0, signal: null });
    await until(
      () => adminReady(server),
      ({ status }) => status === 200,
      5000,
    );
    const client = await onlyMachine(server);
    expect((await askToken(server, client, machine)).status).toBe(200);
    expect((await obtainTokens(server, client)).id_token).toBeDefined();
    expect((await server.get("/.well-known/jwks.json")).body.keys).toHaveLength(2);
  });

  test("five migrators at once bring it to one schema, and each ends well", async () => {
    const dsn = await emptyPostgres("empty");
    const done = await Promise.all(Array.from({ length: 5 }, () => migrateUp(dsn)));
    const versions = await migrationVersions("postgres");
    expect(done.flat().sort()).toEqual(versions);
    const rows = await query("select version from schema_migrations order by version", dsn);
    expect(rows.map((row) => row.version)).toEqual(versions);
  });

  test("REL-24: ten servers that start at once make one key for each set, and know each other's tokens", async () => {
    const dsn = await emptyPostgres("migrated");
    const publicUrl = "http://127.0.0.1:9";
    const settings = { "urls.self.issuer": publicUrl };
    // A start is a second of work: two are processes of their own, the rest share this one.
    const worlds = Promise.all(Array.from({ length: 8 }, () => startWorld({ dsn, settings })));
    const servers = await Promise.all([start({ dsn, publicUrl }), start({ dsn, publicUrl })]);
    onTestFinished(async () => void (await Promise.all((await worlds).map((world) => world.close()))));
    const rows = await query("select set_name, count(*)::integer as keys from keys group by 1 order by 1", dsn);
    expect(rows).toEqual([
      { set_name: "oauth2.access-token", keys: 1 },
      { set_name: "openid.id-token", keys: 1 },
    ]);
    const [first, ...others] = [...servers, ...(await worlds)];
    if (first === undefined) throw new Error("no server");
    const published = (await first.get("/.well-known/jwks.json")).body;
    const client = await onlyMachine(first);
    const token = (await askToken(first, client, machine)).body.access_token;
    for (const other of others) {
      expect((await other.get("/.well-known/jwks.json")).body).toEqual(published);
      expect(await isActive(other, token)).toBe(true);
    }
  });
});

describe("on a SQLite file", () => {
  test("a second process is refused in one clear line, and the first serves on", async () => {
    const dsn = aFile();
    const owner = await start({ dsn });
    const second = await launch({ dsn });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    const said = second.log.filter((line) => !line.startsWith("{"));
    expect(said).toEqual([
      expect.stringMatching(/^The database '.*tessera\.db' is in use by another Tessera process \(\d+\)/),
    ]);
    expect(second.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect((await adminReady(owner)).status).toBe(200);
  });

  test("a migration of the file while a server owns it is refused likewise", async () => {
    const dsn = aFile();
    await start({ dsn });
    const migration = run(["migrate", "sql", "up", "-e", "--yes"], { DSN: dsn });
    expect((await migration.exited).code).toBe(1);
    expect(migration.log).toEqual([expect.stringContaining("is in use by another Tessera process")]);
  });

  test("the file is there for the next process as soon as the first is gone, killed or stopped", async () => {
    const dsn = aFile();
    const first = await start({ dsn });
    const client = await newClient(first);
    const token = (await askToken(first, client, machine)).body.access_token;
    await first.kill();
    const second = await start({ dsn });
    expect(await isActive(second, token)).toBe(true);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(await isActive(await start({ dsn }), token)).toBe(true);
  });
});

interface Place {
  readonly name: string;
  readonly dsn: () => Promise<string>;
}

const places: readonly Place[] = [
  { name: "sqlite", dsn: async () => aFile() },
  ...(hasPostgres ? [{ name: "postgres", dsn: () => emptyPostgres("migrated") }] : []),
];

describe.each(places)("SIDE-008: a wrong secrets.system on existing data ($name)", ({ dsn: place }) => {
  test("fails closed: nothing is signed or made anew, the log says why, and the right secret finds all as it was", async () => {
    const dsn = await place();
    const before = await start({ dsn, secret: "the right secret of the data" });
    const client = await onlyMachine(before);
    const tokens = await obtainTokens(before, client);
    const published = (await before.get("/.well-known/jwks.json")).body;
    await before.stop();
    const { publicUrl } = before;

    const wrong = await start({ dsn, publicUrl, secret: "another secret altogether" });
    await expectClosed(wrong, client, tokens.refresh_token);
    expect(await wrong.line("the signing keys cannot be read")).toMatch(/"level":"error".*secrets\.system/);
    expect(wrong.log.filter((line) => line.includes("key_founded"))).toEqual([]);
    const ready = await adminReady(wrong);
    expect([ready.status, Object.keys(ready.body.errors)]).toEqual([503, ["keys"]]);
    await wrong.stop();

    const after = await start({ dsn, publicUrl, secret: "the right secret of the data" });
    expect((await after.get("/.well-known/jwks.json")).body).toEqual(published);
    expect(await isActive(after, tokens.access_token)).toBe(true);
    expect(await isActive(after, tokens.refresh_token)).toBe(true);
  });

  async function expectClosed(server: ServerProcess, client: TestClient, refreshToken: string): Promise<void> {
    const keys = await server.get("/.well-known/jwks.json");
    expect(keys.status).toBeGreaterThanOrEqual(500);
    expect(keys.text).not.toContain("kty");
    const token = await askToken(server, client, machine);
    expect([token.status >= 500, token.body.access_token]).toEqual([true, undefined]);
    // It cannot tell its own refresh tokens from forged ones, so it does not call them invalid: nobody loses a session.
    const refresh = { grant_type: "refresh_token", refresh_token: refreshToken };
    for (const unable of [
      askToken(server, client, refresh),
      server.introspect({ token: refreshToken }),
      revokeToken(server, client, refreshToken),
    ]) {
      expect((await unable).status).toBeGreaterThanOrEqual(500);
    }
  }
});
