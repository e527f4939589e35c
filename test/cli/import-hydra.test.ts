import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { hydraSecret, pairwiseSalt } from "../support/hydra.ts";
import { hydras } from "../support/hydra-data.ts";
import { files, temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

/** A configuration file of a server with an embedded database. */
function configOf(dsn: string): string {
  const [config = ""] = files({
    "tessera.yml": `
dsn: ${dsn}
secrets: { system: [a-secret-of-the-tests-only] }
urls: { self: { issuer: https://id.example.org }, login: https://app.example.org/login, consent: https://app.example.org/consent }
oidc: { subject_identifiers: { supported_types: [public, pairwise], pairwise: { salt: ${pairwiseSalt} } } }
`,
  });
  return config;
}

const newDsn = () => `sqlite://${join(temporaryFolder(), "tessera.db")}`;

const hydraDsn = async () => (await hydras[0]?.open())?.dsn ?? "";

it("import hydra tells what it brought, what not and why, and never the secret", async () => {
  const config = configOf(newDsn());
  const from = await hydraDsn();
  const command = ["import", "hydra", from, "-c", config, "--hydra-secrets-system", hydraSecret];
  const dry = await run(...command, "--dry-run", "--format", "json");
  expect(JSON.parse(dry.stdout)).toMatchObject({
    dry_run: true,
    parts: expect.arrayContaining([expect.objectContaining({ part: "clients", read: 7, written: 5, lost: 2 })]),
  });
  const first = await run(...command);
  expect([first.exitCode, first.stderr]).toEqual([0, ""]);
  expect(first.stdout).toMatch(/^clients +7 +5 +0 +2$/m);
  expect(first.stdout).toMatch(/^refresh tokens +5 +5 +0 +0$/m);
  expect(first.stdout).toContain("clients: wild: The redirect URI must not use the scheme 'javascript:'.");
  const again = await run(...command);
  expect(again.stdout).toMatch(/^clients +7 +0 +5 +2$/m);
  expect(dry.stdout + first.stdout + again.stdout).not.toContain(hydraSecret);
});

it("takes Hydra's secrets from the environment, the newest first, and its own where none is given", async () => {
  const config = configOf(newDsn());
  const from = await hydraDsn();
  const own = await run("import", "hydra", from, "-c", config, "--dry-run");
  expect([own.exitCode, own.stderr]).toEqual([1, expect.stringContaining("The secret does not open Hydra's key")]);
  vi.stubEnv("HYDRA_SECRETS_SYSTEM", `a-newer-secret-of-hydra,${hydraSecret}`);
  expect((await run("import", "hydra", from, "-c", config, "--dry-run")).exitCode).toBe(0);
  vi.unstubAllEnvs();
});

it("wants a database that lasts", async () => {
  const from = await hydraDsn();
  const command = ["import", "hydra", from, "--hydra-secrets-system", hydraSecret];
  const inMemory = await run(...command, "-c", configOf("memory"));
  expect([inMemory.exitCode, inMemory.stderr]).toEqual([1, expect.stringContaining("dsn: memory is gone")]);
  const nowhere = await run("import", "hydra", "sqlite:///nowhere.db", "-c", configOf(newDsn()));
  expect([nowhere.exitCode, nowhere.stderr]).toEqual([
    1,
    expect.stringContaining("There is no database '/nowhere.db'"),
  ]);
});
