/** Hydra's database as it is read: what its releases and their ways of going wrong leave in it. */
import { createHmac, hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { toInstant } from "../../src/import/hydra/cells.ts";
import { hydraCipher } from "../../src/import/hydra/cipher.ts";
import { openHydra } from "../../src/import/hydra/source.ts";
import type { ForeignConsent, Read } from "../../src/ports/import-source.ts";
import { foreverAt } from "../../src/protocol/authorization.ts";
import { digest } from "../../src/protocol/digest.ts";
import { isHydraSigned, readHydraRefreshToken } from "../../src/protocol/hydra-token.ts";
import { hydraSecret } from "../support/hydra.ts";
import { hydras } from "../support/hydra-data.ts";

/** The kept SQLite, after these statements. */
async function changed(...statements: string[]): Promise<string> {
  const dsn = (await hydras[0]?.open())?.dsn ?? "";
  const db = new DatabaseSync(dsn.replace(/^sqlite:\/\/|\?.*$/g, ""));
  for (const sql of statements) db.exec(sql);
  db.close();
  return dsn;
}

const now = new Date("2026-11-25T00:00:00Z");

const open = (dsn: string, network: string | null = null) =>
  openHydra({ dsn, secrets: [hydraSecret], salt: null, network, now });

async function tokensOf(dsn: string): Promise<Read<ForeignConsent>[]> {
  const source = await open(dsn);
  const all = [];
  for await (const batch of source.refreshTokens()) all.push(...batch);
  await source.close();
  return all;
}

const importedOf = (all: readonly Read<ForeignConsent>[]) =>
  all.flatMap((read) => ("thing" in read ? (read.thing.imported ?? []) : []));

/** Bob's good token, once more under another signature. */
const forked = (signature: string, over: Readonly<Record<string, string>> = {}) => {
  const columns = ["request_id", "requested_at", "client_id", "scope", "granted_scope", "form_data", "session_data"];
  const rest = ["subject", "active", "requested_audience", "granted_audience", "challenge_id", "nid", "expires_at"];
  const cells = [...columns, ...rest].map((column) => over[column] ?? column);
  return `insert into hydra_oauth2_refresh (signature, ${[...columns, ...rest].join(", ")})
    select '${signature}', ${cells.join(", ")} from hydra_oauth2_refresh where subject = 'bob' and active`;
};

describe("refresh tokens", () => {
  it("of one chain that Hydra's grace period let fork are each the first of a family", async () => {
    const dsn = await changed(forked("fork", { requested_at: "'2026-11-24 23:00:00+00:00'" }));
    const bobs = importedOf(await tokensOf(dsn)).filter(({ authorization }) => authorization.subject === "bob");
    const fork = bobs.find(({ family }) => family?.tokens[0]?.digest === digest("fork"));
    const other = bobs.find((one) => one !== fork);
    expect(bobs).toHaveLength(2);
    expect(fork?.authorization).toMatchObject({ skipped: false, basedOn: null });
    expect(other?.authorization).toMatchObject({ skipped: true, basedOn: fork?.authorization.id, rememberUntil: null });
    expect(other?.authorization.id).toMatch(/^[0-9a-f]{32}$/);
    expect(other?.family?.tokens.map(({ generation }) => generation)).toEqual([1]);
  });

  it("of two requests of one consent do not share an authorization", async () => {
    const dsn = await changed(forked("second", { request_id: "'another-request'" }));
    const ids = importedOf(await tokensOf(dsn)).map(({ authorization }) => authorization.id);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
  });

  it("that were used go with the one that is good, for as long as Hydra remembers them", async () => {
    const used = "update hydra_oauth2_refresh set expires_at = '2026-11-25 00:10:00+00:00' where not active";
    const generations = async (dsn: string) =>
      importedOf(await tokensOf(dsn))
        .filter(({ authorization }) => authorization.subject === "bob")
        .flatMap(({ family }) => family?.tokens ?? [])
        .map(({ generation }) => generation);
    expect(await generations(await changed(used))).toEqual([1, 0]);
    expect(await generations(await changed())).toEqual([1]);
  });

  it("that have expired, or whose session nobody can open, stay behind with the reason", async () => {
    const dsn = await changed(
      "update hydra_oauth2_refresh set session_data = 'bm90IHNlYWxlZCBhdCBhbGwsIGFzIGFueWJvZHkgc2Vlcw==' where subject = 'alice' and client_id = 'web'",
      `update hydra_oauth2_refresh set expires_at = '2026-11-24 23:59:59', session_data = '{"id_token": {}}' where subject = 'dora'`,
    );
    const faults = (await tokensOf(dsn)).flatMap((read) => ("fault" in read ? [`${read.name}: ${read.fault}`] : []));
    expect(faults.sort()).toEqual(["alice at web: its session cannot be opened", "dora at spa: it has expired"]);
  });

  it("without a consent, with a session in clear, and without an end are read as well", async () => {
    const session = JSON.stringify({
      id_token: { id_token_claims: { sub: "dora", ext: { plan: "old" } } },
      extra: { a: 1 },
    });
    const dsn = await changed(
      "delete from hydra_oauth2_flow",
      `update hydra_oauth2_refresh set expires_at = null, session_data = '${session}' where subject = 'dora'`,
    );
    const dora = importedOf(await tokensOf(dsn)).find(({ authorization }) => authorization.subject === "dora");
    expect(dora?.family?.expiresAt).toEqual(foreverAt);
    expect(dora?.authorization).toMatchObject({
      clientId: "spa",
      grantedScope: ["openid", "offline", "read"],
      accessTokenClaims: { a: 1 },
      idTokenClaims: { plan: "old" },
      rememberUntil: null,
    });
  });
});

describe("consents", () => {
  it("that were skipped, refused, or whose time is over are not remembered", async () => {
    const dsn = await changed(
      "update hydra_oauth2_flow set consent_remember = 1",
      `update hydra_oauth2_flow set consent_error = '{"error": "access_denied"}' where subject = 'dave'`,
      "update hydra_oauth2_flow set consent_skip = 1 where subject = 'dora'",
      "update hydra_oauth2_flow set consent_remember_for = 60 where subject = 'bob'",
      "update hydra_oauth2_flow set consent_remember_for = 864000 where subject = 'carol'",
      "update hydra_oauth2_flow set consent_handled_at = null where subject = 'alice' and client_id = 'pairwise'",
    );
    const source = await open(dsn);
    const all = [];
    for await (const batch of source.consents()) all.push(...batch);
    await source.close();
    const remembered = importedOf(all).map(({ authorization: { subject, clientId, rememberUntil } }) => [
      `${subject} at ${clientId}`,
      rememberUntil,
    ]);
    expect(Object.fromEntries(remembered)).toEqual({
      "alice at web": foreverAt,
      "carol at pairwise": expect.any(Date),
    });
  });
});

describe("the database", () => {
  it("is refused with a sentence when it is none that can be read", async () => {
    await expect(open("mysql://root@tcp(db)/hydra")).rejects.toThrow("Hydra's data on MySQL cannot be read");
    await expect(open("sqlite:///nowhere/hydra.db")).rejects.toThrow("There is no database '/nowhere/hydra.db'.");
    await expect(open(await changed("drop table networks"))).rejects.toThrow("no such table: networks");
    await expect(open(await changed("delete from networks"))).rejects.toThrow("has Hydra ever run on it?");
  });

  it("with several networks wants to be told which", async () => {
    const second = "0f0f0f0f-0000-4000-8000-000000000000";
    const dsn = await changed(`insert into networks values ('${second}', '2026-01-01', '2026-01-01')`);
    await expect(open(dsn)).rejects.toThrow(`Which network? There are `);
    await expect(open(dsn, "another")).rejects.toThrow("There is no network 'another'");
    const source = await open(dsn, second);
    expect(await source.count("clients")).toBe(0);
    await source.close();
  });

  it("is not written to", async () => {
    const dsn = await changed();
    const bytes = () => readFileSync(dsn.replace(/^sqlite:\/\/|\?.*$/g, ""));
    const before = bytes();
    await tokensOf(dsn);
    expect(bytes().equals(before)).toBe(true);
  });
});

describe("its cells", () => {
  it.each([
    ["2026-11-24 19:14:00.879204999+00:00", "2026-11-24T19:14:00.879Z"],
    ["2026-11-24T19:14:37.08", "2026-11-24T19:14:37.080Z"],
    ["2013-10-07 08:23:19", "2013-10-07T08:23:19.000Z"],
    ["2026-11-24 20:14:00 +0100 CET", "2026-11-24T19:14:00.000Z"],
    ["2026-11-24T20:14:00+01", "2026-11-24T19:14:00.000Z"],
    ["2126-10-31T19:14:01Z", "2126-10-31T19:14:01.000Z"],
  ])("read the instant %s", (text, instant) => {
    expect(toInstant(text)?.toISOString()).toBe(instant);
  });

  it.each(["0001-01-01T00:00:00Z", "", "yesterday", null, 5])("read no instant in %s", (value) => {
    expect(toInstant(value)).toBeNull();
  });

  it("open under any of the secrets, and under no other", () => {
    const sealed = "bm90IHNlYWxlZCBhdCBhbGwsIGFzIGFueWJvZHkgc2Vlcw==";
    expect(hydraCipher([hydraSecret]).open(sealed)).toBeUndefined();
    expect(hydraCipher([hydraSecret]).open("")).toBeUndefined();
    expect(hydraCipher([]).open(sealed)).toBeUndefined();
  });
});

describe("its refresh tokens prove themselves", () => {
  const key = hash("sha256", hydraSecret, "buffer");
  const body = Buffer.alloc(32, 7);
  const signature = createHmac("sha512-256", key).update(body).digest("base64url");
  const token = `${body.toString("base64url")}.${signature}`;

  it("by an HMAC with SHA-512/256, with their prefix and without", () => {
    for (const text of [token, `ory_rt_${token}`]) {
      const read = readHydraRefreshToken(text);
      expect(read).toEqual({ body: body.toString("base64url"), signature });
      expect(read && isHydraSigned(read, [Buffer.alloc(32), key])).toBe(true);
      expect(read && isHydraSigned(read, [Buffer.alloc(32)])).toBe(false);
      expect(read && isHydraSigned(read, [])).toBe(false);
    }
  });

  it.each([
    `ory_at_${token}`,
    `tsr_rt_${token}`,
    ` ${token}`,
    `${token}.x`,
    token.slice(0, -1),
    `${"A".repeat(200)}.${signature}`,
    `.${signature}`,
    "",
  ])("and %j is none", (text) => {
    expect(readHydraRefreshToken(text)).toBeUndefined();
  });
});
