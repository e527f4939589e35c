/** Hydra's own command line does an administrator's work at this server, and never notices. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive } from "../support/code-flow.ts";
import { startWorld, type World } from "../support/server.ts";
import { hydraBinary } from "./binary.ts";

const { path: binary, lack } = hydraBinary();

describe.skipIf(lack !== undefined)(`Hydra's command line${lack === undefined ? "" : ` (${lack})`}`, () => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "hydra-command-line-"));
    world = await startWorld();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await world?.close();
  });

  /** With the parsed answer, where it is JSON. */
  async function hydra(command: string, { at = world.adminUrl, input = "" } = {}) {
    const child = spawn(binary, [...command.split(" "), "--endpoint", at, "--format", "json"], { env: {} });
    child.stdin.end(input);
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    const json = /^[[{]/.test(stdout) ? JSON.parse(stdout) : undefined;
    return { exitCode, stdout, stderr, json };
  }

  async function succeeds(command: string, options?: Parameters<typeof hydra>[1]) {
    const ran = await hydra(command, options);
    expect([ran.exitCode, ran.stderr], command).toEqual([0, expect.not.stringMatching(/error/i)]);
    return ran.json;
  }

  function file(name: string, content: string): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }

  test("creates, reads, lists, updates and deletes clients", async () => {
    const made = await succeeds("create oauth2-client --name first --grant-type client_credentials --scope read");
    expect(made.client_secret).toHaveLength(26);
    const id = made.client_id;
    expect(await succeeds(`get oauth2-client ${id}`)).toMatchObject({ client_name: "first", scope: "read" });
    const listed = await succeeds("list oauth2-clients");
    expect(listed.items).toContainEqual(expect.objectContaining({ client_id: id }));
    await succeeds(`update oauth2-client ${id} --name second --grant-type client_credentials --scope read`);
    expect((await world.admin("GET", `/admin/clients/${id}`)).body.client_name).toBe("second");
    await succeeds(`delete oauth2-client ${id}`);
    expect((await world.admin("GET", `/admin/clients/${id}`)).status).toBe(404);
    const lost = await hydra(`get oauth2-client ${id}`);
    expect(lost.exitCode).toBe(1);
    expect(lost.stderr).toContain("Unable to locate the resource");
  });

  test("turns the pages of a list", async () => {
    for (const name of ["a", "b", "c"]) await world.admin("POST", "/admin/clients", { client_id: `page-${name}` });
    const seen: string[] = [];
    let token = "";
    do {
      const page = await succeeds(`list oauth2-clients --page-size 1${token === "" ? "" : ` --page-token ${token}`}`);
      seen.push(...page.items.map(({ client_id }: { readonly client_id: string }) => client_id));
      token = page.next_page_token ?? "";
    } while (token !== "" && seen.length < 50);
    expect(seen).toEqual(expect.arrayContaining(["page-a", "page-b", "page-c"]));
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("imports clients from files and from standard input", async () => {
    const clients = (id: string) => JSON.stringify([{ client_id: `${id}-1` }, { client_id: `${id}-2` }]);
    await succeeds(`import oauth2-client ${file("clients.json", clients("filed"))}`);
    await succeeds("import oauth2-client", { input: clients("piped") });
    for (const id of ["filed-1", "filed-2", "piped-1", "piped-2"]) {
      expect((await world.admin("GET", `/admin/clients/${id}`)).status, id).toBe(200);
    }
  });

  test("gets a token, introspects it, revokes it, and ends all tokens of a client", async () => {
    const { client_id: id, client_secret: secret } = await succeeds(
      "create oauth2-client --grant-type client_credentials --scope read",
    );
    const proof = `--client-id ${id} --client-secret ${secret}`;
    const ask = () => succeeds(`perform client-credentials ${proof} --scope read`, { at: world.publicUrl });
    const { access_token: first } = await ask();
    const { access_token: second } = await ask();
    expect(await succeeds(`introspect token ${first}`)).toMatchObject({ active: true, client_id: id, scope: "read" });
    await succeeds(`revoke token ${first} ${proof}`, { at: world.publicUrl });
    expect([await isActive(world, first), await isActive(world, second)]).toEqual([false, true]);
    await succeeds(`delete access-tokens ${id}`);
    expect(await isActive(world, second)).toBe(false);
    expect(await succeeds(`introspect token ${second}`)).toMatchObject({ active: false });
  });

  test("makes, reads, imports and deletes keys", async () => {
    const made = await succeeds("create jwk billing --alg ES256");
    expect(made.keys[0]).toMatchObject({ kty: "EC", alg: "ES256", use: "sig" });
    expect(await succeeds("get jwk billing")).toMatchObject({ kid: made.keys[0].kid });
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = file("key.pem", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await succeeds(`import jwk billing ${pem} --alg RS256 --use sig`);
    const { body } = await world.admin("GET", "/admin/keys/billing");
    expect(body.keys.map(({ kty }: { readonly kty: string }) => kty)).toContain("RSA");
    await succeeds("delete jwk billing");
    expect((await world.admin("GET", "/admin/keys/billing")).status).toBe(404);
    expect((await hydra("get jwk billing")).exitCode).toBe(1);
  });
});
