import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { devSecret } from "../../src/cli/dev-secret.ts";
import { startWorld, type World } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

describe("against a server", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());
  const admin = () => ["-e", world.adminUrl];
  const asClient = (id: string, secret: string) => [
    "-e",
    world.publicUrl,
    "--client-id",
    id,
    "--client-secret",
    secret,
  ];

  it.each(["grpc", "connect"])("a client is created, shown, listed and deleted over %s", async (protocol) => {
    const flags = [...admin(), "--protocol", protocol];
    const id = `cli-${protocol}`;
    const made = await run(
      ...[
        "create",
        "client",
        ...flags,
        "--id",
        id,
        "--name",
        "A name",
        "--grant-type",
        "client_credentials,refresh_token",
      ],
      ...["--scope", "read", "--scope", "write", "--redirect-uri", "https://a.example/cb", "--metadata", '{"a":1}'],
      ...["--format", "json"],
    );
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    const {
      client_secret: secret,
      registration_access_token: registrationToken,
      registration_client_uri: registrationUri,
      ...shown
    } = JSON.parse(made.stdout);
    // Told once, at the creation.
    expect(secret).toMatch(/^\S{26}$/);
    expect(registrationToken).toMatch(/^tsr_rg_\S{43}$/);
    expect(registrationUri).toMatch(new RegExp(`/oauth2/register/${id}$`));
    const got = JSON.parse((await run("get", "oauth2-client", id, ...flags, "--format", "json")).stdout);
    expect(got).toEqual(shown);
    expect(got).toMatchObject({
      client_id: id,
      client_name: "A name",
      grant_types: ["client_credentials", "refresh_token"],
      scope: "read write",
      redirect_uris: ["https://a.example/cb"],
      metadata: { a: 1 },
    });
    expect((await run("list", "oauth2-clients", ...flags, "-q")).stdout.split("\n")).toContain(id);
    expect(await run("delete", "client", id, ...flags)).toMatchObject({ exitCode: 0, stdout: `ID  ${id}\n` });
    const gone = await run("get", "client", id, ...flags);
    expect(gone.exitCode).toBe(1);
    expect(gone.stderr).toMatch(/"error": "not_found"[\s\S]*Failed to execute API request, see error above\.\n$/);
  });

  it("lists go on where the page before ended", async () => {
    const ids = ["page-1", "page-2", "page-3"];
    for (const id of ids) await run("create", "client", ...admin(), "--id", id);
    const first = JSON.parse((await run("ls", "clients", ...admin(), "--page-size", "2", "--format", "json")).stdout);
    expect([first.items.length, first.is_last_page]).toEqual([2, false]);
    const token = first.next_page_token;
    const rest = JSON.parse((await run("ls", "clients", ...admin(), "--page-token", token, "--format", "json")).stdout);
    const names = [...first.items, ...rest.items].map((client: { client_id: string }) => client.client_id);
    expect(names).toEqual(expect.arrayContaining(ids));
  });

  it("several clients are shown as a table", async () => {
    for (const id of ["several-1", "several-2"]) await run("create", "client", ...admin(), "--id", id);
    const { stdout } = await run("get", "clients", "several-1", "several-2", ...admin());
    expect(stdout).toMatch(/^CLIENT ID +CLIENT SECRET +GRANT TYPES.*\nseveral-1 .*\nseveral-2 /);
  });

  it("a client may come from a file, with members that nobody knows", async () => {
    const file = join(temporaryFolder(), "client.json");
    writeFileSync(file, JSON.stringify({ client_id: "from-file", scope: "a", unheard_of: true }));
    expect(await run("create", "client", ...admin(), "--file", file, "-q")).toMatchObject({ stdout: "from-file\n" });
    writeFileSync(file, "{");
    expect((await run("create", "client", ...admin(), "--file", file)).stderr).toContain(`--file ${file}: `);
  });

  it("a token is asked for, introspected, revoked, and then worth nothing", async () => {
    await run(
      "create",
      "client",
      ...admin(),
      "--id",
      "robot",
      "--secret",
      "robot-secret",
      "--grant-type",
      "client_credentials",
      "--scope",
      "read,write",
    );
    const asked = await run(
      "perform",
      "client-credentials",
      ...asClient("robot", "robot-secret"),
      "--scope",
      "read",
      "-q",
    );
    const token = asked.stdout.trim();
    expect(token).toMatch(/^tsr_at_/);
    const active = JSON.parse((await run("introspect", "token", token, ...admin(), "--format", "json")).stdout);
    expect(active).toMatchObject({ active: true, client_id: "robot", scope: "read", token_use: "access_token" });
    const unscoped = await run("introspect", "token", token, "--scope", "write", ...admin(), "-q");
    expect(unscoped.stdout).toBe("false\n");
    const revoking = await run("revoke", "token", token, ...asClient("robot", "robot-secret"));
    expect(revoking).toMatchObject({ exitCode: 0, stdout: `ID  ${token}\n` });
    const revoked = JSON.parse((await run("introspect", "token", token, ...admin(), "--format", "json")).stdout);
    expect(revoked).toEqual({ active: false });
  });

  it("a wrong secret is refused with the server's reason, and not repeated", async () => {
    await run(
      "create",
      "client",
      ...admin(),
      "--id",
      "wrong",
      "--secret",
      "right-secret",
      "--grant-type",
      "client_credentials",
    );
    for (const words of [
      ["perform", "client-credentials"],
      ["revoke", "token", "x"],
    ]) {
      const { exitCode, stderr } = await run(...words, ...asClient("wrong", "tiger-tiger-tiger"));
      expect(exitCode).toBe(1);
      expect(stderr).toContain('"error": "invalid_client"');
      expect(stderr).not.toContain("tiger");
    }
  });

  it("a header goes along", async () => {
    const told = await run("introspect", "token", "x", ...admin(), "-H", "X-Request-Id: from-the-cli", "-q");
    expect(told.stdout).toBe("false\n");
    expect(world.log.some((line) => line.includes("from-the-cli"))).toBe(true);
  });
});

describe("without a server", () => {
  it.each([
    [{ ORY_SDK_URL: "http://127.0.0.1:7" }, [], 7],
    [{ ORY_SDK_URL: "http://127.0.0.1:7", TESSERA_ADMIN_URL: "http://127.0.0.1:9" }, [], 9],
    [{ TESSERA_ADMIN_URL: "http://127.0.0.1:9", TESSERA_PUBLIC_URL: "http://127.0.0.1:7" }, [], 9],
    [{ TESSERA_ADMIN_URL: "http://127.0.0.1:9" }, ["-e", "http://127.0.0.1:7"], 7],
  ])("%j and %j lead to port %d", async (variables, flags, port) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect((await run("get", "client", "x", ...flags)).stderr).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
  });

  it.each(["grpc", "connect"])("over %s the reason is one line", async (protocol) => {
    const { exitCode, stderr } = await run(
      "introspect",
      "token",
      "x",
      "-e",
      "http://127.0.0.1:9",
      "--protocol",
      protocol,
    );
    expect([exitCode, stderr]).toEqual([1, "The server cannot be reached: connect ECONNREFUSED 127.0.0.1:9\n"]);
  });

  it.each([
    [["introspect", "token", "x", "-e", "127.0.0.1:4445"], "--endpoint: expected an http or https URL"],
    [["introspect", "token", "x", "-H", "no colon"], "--http-header: expected"],
    [["create", "client", "--metadata", "[]"], "--metadata: expected a JSON object"],
    [["perform", "client-credentials"], "--client-id: required"],
    [["list", "clients", "--page-size", "-1"], "Expected a whole number"],
    [
      ["list", "clients", "--format", "xml"],
      "Expected one of table, json, json-pretty, yaml, jsonpath=..., jsonpointer=...",
    ],
    [["list", "cleints"], "unknown command"],
    [["migrate", "sql", "up"], "Which database?"],
    [["migrate", "sql", "down", "memory"], "--steps"],
    [["serve", "all", "-c", "/nowhere.yml"], "/nowhere.yml: cannot be read"],
    [["serve", "public", "--dev", "-c", "/nowhere.yml", "--bogus"], "unknown option '--bogus'"],
  ])("%j ends with 1 and says: %s", async (words, reason) => {
    const { exitCode, stdout, stderr } = await run(...words);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(reason);
  });
});

it("D22: the secret of development mode is made once, only for its owner, and found again", async () => {
  const { statSync } = await import("node:fs");
  const folder = join(temporaryFolder(), "data");
  const made = devSecret(folder);
  expect(made.length).toBeGreaterThanOrEqual(32);
  expect(devSecret(folder)).toBe(made);
  expect(statSync(join(folder, "dev-secret")).mode & 0o777).toBe(0o600);
});
