import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwkOf = (key: KeyObject) => key.export({ format: "jwk" });
const pem = (key: KeyObject) =>
  key.export({ format: "pem", type: key.type === "private" ? "pkcs8" : "spki" }).toString();

describe("keys against a server", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());
  const flags = () => ["-e", world.adminUrl];
  const read = async (...words: string[]) => JSON.parse((await run(...words, ...flags(), "--format", "json")).stdout);

  it("a key is made, shown as Hydra shows it, and deleted with its set", async () => {
    const made = await run("create", "jwk", "cli-made", "my-key", "--alg", "ES256", ...flags());
    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    expect(made.stdout).toBe("SET ID    KEY ID  ALGORITHM  USE\ncli-made  my-key  ES256      sig\n");
    const key = { set: "cli-made", kid: "my-key", alg: "ES256", d: expect.any(String) };
    expect(await read("get", "jwk", "cli-made")).toMatchObject(key);
    expect(await read("get", "jwk", "cli-made", "--public")).not.toHaveProperty("d");
    await run("create", "jwks", "cli-made", ...flags());
    const both = await read("get", "jwks", "cli-made");
    expect([both.set, both.keys.length]).toEqual(["cli-made", 2]);
    const table = (await run("get", "jwk", "cli-made", ...flags())).stdout;
    expect(table).toMatch(/^SET ID +KEY ID +ALGORITHM +USE\n(cli-made .*\n){2}/);
    const would = await run("delete", "jwk", "cli-made", "--dry-run", ...flags());
    expect(would).toMatchObject({ exitCode: 0, stdout: "WOULD BE DELETED  cli-made\n" });
    expect((await run("delete", "jwk", "cli-made", ...flags())).stdout).toBe("ID  cli-made\n");
    const gone = await run("get", "jwk", "cli-made", ...flags());
    expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringContaining("not_found")]);
  });

  it.each<[string, () => string | Buffer, number]>([
    ["a JSON Web Key", () => JSON.stringify(jwkOf(pair.privateKey)), 1],
    ["a set of them", () => JSON.stringify({ keys: [jwkOf(pair.publicKey), jwkOf(rsa.publicKey)] }), 2],
    ["PEM", () => pem(pair.privateKey), 1],
    ["several in PEM", () => `${pem(pair.publicKey)}\n${pem(rsa.privateKey)}`, 2],
    ["DER, private", () => pair.privateKey.export({ format: "der", type: "pkcs8" }), 1],
    ["DER, public", () => rsa.publicKey.export({ format: "der", type: "spki" }), 1],
  ])("%s is imported", async (what, content, count) => {
    const file = join(temporaryFolder(), "key");
    writeFileSync(file, content());
    const set = `imported ${what}`;
    expect(await run("import", "jwk", set, file, ...flags())).toMatchObject({ exitCode: 0, stderr: "" });
    const { keys } = (await world.admin("GET", `/admin/keys/${encodeURIComponent(set)}`)).body;
    expect(keys).toHaveLength(count);
    for (const key of keys) expect(key).toMatchObject({ use: "sig", kid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  it("what a key says of itself counts, and what it does not say is taken from the flags", async () => {
    const file = join(temporaryFolder(), "key.json");
    writeFileSync(
      file,
      JSON.stringify({ keys: [{ ...jwkOf(pair.publicKey), kid: "mine", use: "sig" }, jwkOf(rsa.publicKey)] }),
    );
    await run("import", "jwk", "named", file, "--use", "enc", "--alg", "RSA-OAEP-256", ...flags());
    const { keys } = (await world.admin("GET", "/admin/keys/named")).body;
    expect(keys).toContainEqual(expect.objectContaining({ kid: "mine", use: "sig", alg: "RSA-OAEP-256" }));
    expect(keys).toContainEqual(expect.objectContaining({ kty: "RSA", use: "enc", alg: "RSA-OAEP-256" }));
  });

  it("what would be imported is shown without its private half, and one that is refused keeps none of the others", async () => {
    const file = join(temporaryFolder(), "keys.json");
    const bad = { kty: "EC", crv: "P-256", kid: "bad", alg: "ES256" };
    writeFileSync(file, JSON.stringify({ keys: [bad, { ...jwkOf(pair.privateKey), kid: "good", alg: "ES256" }] }));
    const planned = await read("import", "jwk", "partly", file, "--dry-run");
    expect(planned.keys.map(({ kid, d }: { kid: string; d?: string }) => [kid, d])).toEqual([
      ["bad", undefined],
      ["good", undefined],
    ]);
    expect((await run("get", "jwk", "partly", ...flags())).exitCode).toBe(1);
    const { exitCode, stdout, stderr } = await run("import", "jwk", "partly", file, ...flags(), "-q");
    expect([exitCode, stdout]).toEqual([1, "good\n"]);
    expect(stderr).toMatch(/see error above\.\nbad: not imported\n$/);
  });

  it.each(["no key at all", '{"keys": []}', "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----"])(
    "a file with %j is refused",
    async (content) => {
      const file = join(temporaryFolder(), "key");
      writeFileSync(file, content);
      const { exitCode, stderr } = await run("import", "jwk", "nothing", file, ...flags());
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("found no key")]);
    },
  );

  it("a file that is not there is refused in one line", async () => {
    const { exitCode, stderr } = await run("import", "jwk", "nothing", "/nowhere/at/all", ...flags());
    expect([exitCode, stderr.split("\n")]).toEqual([1, [expect.stringContaining("/nowhere/at/all"), ""]]);
  });
});
