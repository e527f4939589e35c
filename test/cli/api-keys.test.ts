import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startWorld, type World } from "../support/server.ts";
import { run } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const json = ["--format", "json"];
const dsnOf = () => `sqlite://${join(folder, `${randomUUID()}.db`)}`;

describe("the first key", () => {
  it("is written straight into the database, before any server", async () => {
    const dsn = dsnOf();
    const words = ["create", "api-key", "--direct", "--name", "first", "--scope", "admin", "--expires-in", "24h"];
    const made = await run(...words, "--dsn", dsn);
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    expect(made.stdout).toMatch(
      /^ID +[\da-f-]{36}\nNAME +first\nSCOPES +admin\nEXPIRY +20.*\nAPI KEY +tsr_ak_[\w-]{43}\n$/,
    );
    vi.stubEnv("DSN", dsn);
    expect(JSON.parse((await run(...words, ...json)).stdout)).toMatchObject({
      secret: expect.stringMatching(/^tsr_ak_/),
    });
  });

  it.each([
    [["--scope", "root"], "one or more of read, flow, admin"],
    [[], "one or more of read, flow, admin"],
    [["--scope", "admin", "--dsn", "memory"], "its server's own"],
  ])("%j is refused", async (words, reason) => {
    const told = await run("create", "api-key", "--direct", "--name", "x", "--dsn", dsnOf(), ...words);
    expect([told.exitCode, told.stdout, told.stderr]).toEqual([1, "", expect.stringContaining(reason)]);
  });

  it("a file that a server owns is not written: the server is to be asked", async () => {
    const dsn = dsnOf();
    const world = await startWorld({ dsn });
    const told = await run("create", "api-key", "--direct", "--name", "x", "--scope", "admin", "--dsn", dsn);
    await world.close();
    expect([told.exitCode, told.stderr]).toEqual([1, expect.stringContaining("without --direct")]);
  });
});

describe("against a guarded server", () => {
  let world: World;
  let first: string;
  beforeAll(async () => {
    const dsn = dsnOf();
    const words = ["create", "api-key", "--direct", "--name", "first", "--scope", "admin", "--dsn", dsn, ...json];
    first = JSON.parse((await run(...words)).stdout).secret;
    world = await startWorld({ dsn, settings: { "serve.admin.auth.required": true } });
  });
  afterAll(() => world?.close());
  const ask = (...words: string[]) => run(...words, "-e", world.adminUrl);

  it("a command sends the key of its flag, of the environment, or of its own header", async () => {
    const none = await ask("list", "clients");
    expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining("invalid_token")]);
    expect((await ask("list", "clients", "--api-key", first)).exitCode).toBe(0);
    expect((await ask("list", "clients", "-H", `Authorization: Bearer ${first}`)).exitCode).toBe(0);
    expect((await ask("list", "clients", "--protocol", "connect", "--api-key", first)).exitCode).toBe(0);
    vi.stubEnv("TESSERA_API_KEY", first);
    expect((await ask("list", "clients")).exitCode).toBe(0);
    expect((await ask("list", "clients", "-H", "authorization: Bearer another")).exitCode).toBe(1);
    const broken = await ask("list", "clients", "--api-key", "tsr_ak_\nx");
    expect([broken.exitCode, broken.stderr]).toEqual([1, expect.not.stringContaining("\nx")]);
    expect((await ask("list", "clients", "--help")).stdout).not.toContain(first);
  });

  it("keys are made, listed without themselves, and revoked", async () => {
    vi.stubEnv("TESSERA_API_KEY", first);
    const made = JSON.parse(
      (await ask("create", "api-key", "--name", "metrics", "--scope", "read,flow", "--expires-in", "1h", ...json))
        .stdout,
    );
    expect(made).toMatchObject({ name: "metrics", scopes: ["read", "flow"], expires_at: expect.any(String) });
    expect((await ask("list", "clients", "--api-key", made.secret)).exitCode).toBe(0);
    const list = (await ask("list", "api-keys")).stdout;
    expect(list).toMatch(/^ID +NAME +SCOPES +EXPIRY\n/);
    expect([list.includes(made.id), list.includes("tsr_ak_")]).toEqual([true, false]);
    expect((await ask("delete", "api-key", made.id)).stdout).toBe(`ID  ${made.id}\n`);
    expect((await ask("list", "clients", "--api-key", made.secret)).exitCode).toBe(1);
  });
});
