/** Secrets of every origin, end to end (D28): made here, chosen by people, and brought along as hashes of other systems. */
import { argon2Sync, pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresStore } from "../../src/adapters/postgres/store.ts";
import type { Store } from "../../src/ports/store.ts";
import { hasPostgres, postgresDatabase } from "../support/database.ts";
import { askToken, countStatuses, refusal } from "../support/grants.ts";
import { aClient } from "../support/nouns.ts";
import { testSeal } from "../support/seal.ts";
import { startWorld, type World } from "../support/server.ts";
import { openTestStore } from "../support/sqlite.ts";

const own = { grant_type: "client_credentials" };
const secret = "a secret from elsewhere";
const salt = Buffer.alloc(16, 7);
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");

const phc = (kind: "argon2id" | "argon2i"): string => {
  const parameters = { message: secret, nonce: salt, memory: 4096, passes: 1, parallelism: 1, tagLength: 32 };
  return `$${kind}$v=19$m=4096,t=1,p=1$${unpadded(salt)}$${unpadded(argon2Sync(kind, parameters))}`;
};

const hashes: Readonly<Record<string, string>> = {
  bcrypt: hashSync(secret, 4),
  pbkdf2: `$pbkdf2-sha256$i=1000,l=32$${unpadded(salt)}$${unpadded(pbkdf2Sync(secret, salt, 1000, 32, "sha256"))}`,
  argon2id: phc("argon2id"),
  argon2i: phc("argon2i"),
};

/** What must never open anything, whatever is sent. */
const worthless: Readonly<Record<string, string>> = {
  plain: secret,
  empty: "",
  "bcrypt of cost 31": `$2b$31$${"a".repeat(53)}`,
  "argon2 without end": `$argon2id$v=19$m=4194304,t=1000000,p=1$${unpadded(salt)}$${unpadded(randomBytes(32))}`,
  "pbkdf2 without end": `$pbkdf2-sha256$i=999999999,l=32$${unpadded(salt)}$${unpadded(randomBytes(32))}`,
};

async function importClients(store: Store): Promise<void> {
  const grants = { grantTypes: ["client_credentials"], tokenEndpointAuthMethod: "client_secret_basic" };
  for (const [id, hash] of Object.entries({ ...hashes, ...worthless })) {
    await store.clients.create(aClient({ ...grants, id, secretHashes: [hash] }));
  }
  const two = [hashes.bcrypt ?? "", hashes.pbkdf2 ?? ""];
  await store.clients.create(aClient({ ...grants, id: "two", secretHashes: [`$2b$04$${"a".repeat(53)}`, ...two] }));
  await store.close();
}

const places = [
  {
    name: "sqlite",
    async prepare() {
      const folder = mkdtempSync(join(tmpdir(), "tessera-import-"));
      await importClients(await openTestStore({ file: join(folder, "db") }));
      return { dsn: `sqlite://${join(folder, "db")}`, clean: () => rmSync(folder, { recursive: true }) };
    },
  },
  {
    name: "postgres",
    async prepare() {
      const { dsn } = await postgresDatabase();
      const random = () => randomBytes(16);
      await importClients(await openPostgresStore({ dsn, seal: testSeal(), random, migrations: [] }));
      return { dsn, clean: () => undefined };
    },
  },
];

describe.each(places.filter(({ name }) => name === "sqlite" || hasPostgres))("imported secrets on $name", (place) => {
  let world: World;
  let clean = () => {};

  beforeAll(async () => {
    const prepared = await place.prepare();
    clean = prepared.clean;
    world = await startWorld({ dsn: prepared.dsn });
  });
  afterAll(async () => {
    await world?.close();
    clean();
  });

  test.each([...Object.keys(hashes), "two"])("a secret hashed by %s opens its client, again and again", async (id) => {
    for (let round = 0; round < 3; round++) expect((await askToken(world, { id, secret }, own)).status).toBe(200);
    for (const wrong of [`${secret} `, secret.toUpperCase(), hashes[id] ?? "x", "x"]) {
      expect(refusal(await askToken(world, { id, secret: wrong }, own))).toEqual([401, "invalid_client"]);
    }
  });

  test("bcrypt reads 72 bytes: a longer secret is not the same secret", async () => {
    const padded = secret.padEnd(80, "x");
    expect(refusal(await askToken(world, { id: "bcrypt", secret: padded }, own))).toEqual([401, "invalid_client"]);
  });

  test.each(Object.keys(worthless))(
    "a stored value that is no hash opens nothing and costs nothing: %s",
    async (id) => {
      for (const guess of [secret, worthless[id] ?? "", "x"]) {
        if (guess === "") continue;
        expect(refusal(await askToken(world, { id, secret: guess }, own))).toEqual([401, "invalid_client"]);
      }
    },
  );

  test("a chosen secret and a generated one work beside them, and a PUT replaces an imported one", async () => {
    const registration = { grant_types: ["client_credentials"], response_types: [] };
    const chosen = await world.admin("POST", "/admin/clients", { ...registration, client_secret: "of people" });
    const made = await world.admin("POST", "/admin/clients", registration);
    for (const { body } of [chosen, made]) {
      const client = { id: body.client_id, secret: body.client_secret };
      expect((await askToken(world, client, own)).status).toBe(200);
      expect((await askToken(world, { ...client, secret: "x" }, own)).status).toBe(401);
    }
    const current = (await world.admin("GET", "/admin/clients/argon2i")).body;
    expect(JSON.stringify(current)).not.toContain("argon2i$");
    await world.admin("PUT", "/admin/clients/argon2i", { ...current, client_secret: "of people too" });
    expect((await askToken(world, { id: "argon2i", secret }, own)).status).toBe(401);
    expect((await askToken(world, { id: "argon2i", secret: "of people too" }, own)).status).toBe(200);
  });

  test("a flood of wrong secrets for one client keeps no other from its tokens", async () => {
    const flood = Promise.all(
      Array.from({ length: 100 }, (_, index) => askToken(world, { id: "argon2id", secret: `wrong ${index}` }, own)),
    );
    expect((await askToken(world, { id: "pbkdf2", secret }, own)).status).toBe(200);
    const answers = await flood;
    const { 401: refused = 0, 503: shed = 0 } = countStatuses(answers);
    expect(refused + shed).toBe(100);
    expect(refused).toBeGreaterThan(0);
    for (const { status, headers } of answers) if (status === 503) expect(headers["retry-after"]).toBe("1");
    expect((await askToken(world, { id: "argon2id", secret }, own)).status).toBe(200);
  });
});
