/** What an Ory Hydra knew, its clients and users find here again. */
import { createPublicKey, verify } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { importHydra } from "../../src/server-import.ts";
import {
  acceptLogin,
  authorizationRequest,
  challengeOf,
  isActive,
  landing,
  obtainTokens,
  refresh,
  type Tokens,
} from "../support/code-flow.ts";
import { dump, found, type OpenData, openDatas } from "../support/data.ts";
import { hydraSecret, pairwiseSalt, subjectOf } from "../support/hydra.ts";
import { hydras, type LivedIn } from "../support/hydra-data.ts";
import { basic, movableClock, newBrowser, startWorld, type World } from "../support/server.ts";

const pairwise = {
  "oidc.subject_identifiers.supported_types": ["public", "pairwise"],
  "oidc.subject_identifiers.pairwise.salt": pairwiseSalt,
};

const ownSecret = "a secret of the tests only";

interface Options {
  readonly secrets?: readonly string[];
  readonly isDry?: boolean;
}

/** As `tessera import hydra` does it, at the time at which Hydra was left. */
async function importInto(dsn: string, hydra: LivedIn, { secrets = [hydraSecret], isDry = false }: Options = {}) {
  const flags = {
    dsn,
    dev: true,
    "secrets.system": [ownSecret],
    "urls.self.issuer": "http://127.0.0.1:4444",
    ...pairwise,
  };
  const { config } = loadConfig({ flags });
  const now = leftAt(hydra);
  const reports = await importHydra({ config, dsn: hydra.dsn, secrets, network: null, isDry, now, progress: () => {} });
  return {
    counts: Object.fromEntries(
      [...reports].map(([part, { read, written, present, lost }]) => [part, [read, written, present, lost]]),
    ),
    notes: [...reports.values()].flatMap(({ notes }) => notes),
  };
}

/** A moment after the last token was issued there. */
function leftAt({ life }: LivedIn): Date {
  return new Date((claimsOf(life.alice).iat + 60) * 1000);
}

function claimsOf({ id_token: token }: Pick<Tokens, "id_token">) {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
}

const places = hydras.flatMap((hydra) =>
  openDatas
    .filter(({ name }) => (hydra.target ?? name) === name)
    .map((target) => ({ name: `${hydra.name}, brought to ${target.name}`, hydra, target })),
);

describe.each(places)("$name", ({ hydra: kept, target }) => {
  const worlds: World[] = [];
  const datas: OpenData[] = [];
  let lived: Promise<LivedIn> | undefined;
  const hydraOf = () => {
    lived ??= kept.open();
    return lived;
  };
  afterAll(async () => {
    for (const world of worlds) await world.close();
    for (const data of datas) data.close();
  });

  const emptyData = async () => {
    const data = await target.open();
    datas.push(data);
    return data;
  };

  /** A server on what was brought along. */
  const moved = async (settings: Readonly<Record<string, unknown>> = {}) => {
    const hydra = await hydraOf();
    const data = await emptyData();
    await importInto(data.dsn, hydra);
    const world = await startWorld({
      dsn: data.dsn,
      settings: { ...pairwise, ...settings },
      clock: movableClock(leftAt(hydra)),
    });
    worlds.push(world);
    return { world, data, life: hydra.life };
  };

  it("is brought along as a whole, and once however often", async () => {
    const hydra = await hydraOf();
    const { dsn } = await emptyData();
    const first = await importInto(dsn, hydra);
    expect(first.counts).toEqual({
      keys: [expect.any(Number), first.counts.keys?.[0], 0, 0],
      clients: [7, 5, 0, 2],
      "trusted issuers": [1, 1, 0, 0],
      "forced subjects": [1, 1, 0, 0],
      "refresh tokens": [5, 5, 0, 0],
      // Those that are remembered have come with their refresh tokens.
      consents: [6, 0, 2, 0],
    });
    expect(first.notes.map((note) => note.replace(/:.*/, "")).sort()).toEqual(["password", ...hydra.life.lost]);
    const again = await importInto(dsn, hydra);
    expect(again.counts).toEqual({
      keys: [first.counts.keys?.[0], 0, first.counts.keys?.[0], 0],
      clients: [7, 0, 5, 2],
      "trusted issuers": [1, 0, 1, 0],
      "forced subjects": [1, 0, 1, 0],
      "refresh tokens": [5, 0, 5, 0],
      consents: [6, 0, 2, 0],
    });
  });

  it("is only judged in a dry run, and not at all under a wrong secret", async () => {
    const hydra = await hydraOf();
    const { dsn } = await emptyData();
    const dry = await importInto(dsn, hydra, { isDry: true });
    expect(dry.counts).toMatchObject({ clients: [7, 5, 0, 2], "refresh tokens": [5, 5, 0, 0] });
    await expect(importInto(dsn, hydra, { secrets: ["another secret of somebody"] })).rejects.toThrow(
      "The secret does not open Hydra's key",
    );
    const { counts } = await importInto(dsn, hydra, { secrets: ["a newer secret of Hydra's", hydraSecret] });
    expect(counts).toMatchObject({ clients: [7, 5, 0, 2], "refresh tokens": [5, 5, 0, 0] });
  });

  it("lets clients in with the secrets they have", async () => {
    const { world, life } = await moved();
    for (const { id, secret } of [life.web, life.machine]) {
      const form = { grant_type: "client_credentials", scope: "read" };
      expect((await world.post("/oauth2/token", form, basic(id, secret))).status).toBe(200);
      expect((await world.post("/oauth2/token", form, basic(id, `${secret}x`))).status).toBe(401);
    }
    expect((await world.admin("GET", "/admin/clients/web")).body).toMatchObject({
      client_name: "The web shop",
      audience: ["https://api.example.org"],
      contacts: ["shop@example.org"],
      metadata: { team: "shop" },
      refresh_token_grant_access_token_lifespan: "2h0m0s",
      skip_logout_consent: true,
    });
    expect((await world.admin("GET", "/admin/clients/password")).body).toMatchObject({
      grant_types: ["refresh_token"],
      jwks: { keys: [{ kid: "the-client's" }] },
    });
  });

  it("keeps the keys by which its ID tokens are believed, and goes on signing with the last", async () => {
    const { world, life } = await moved();
    const { keys } = (await world.get("/.well-known/jwks.json")).body;
    expect(keys.map(({ kid }: { readonly kid: string }) => kid)).toEqual(expect.arrayContaining([...life.kids]));
    const [header = "", payload = "", signature = ""] = life.alice.id_token.split(".");
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString("utf8"));
    const key = createPublicKey({ key: keys.find((one: { kid: string }) => one.kid === kid), format: "jwk" });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify("sha256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
    const fresh = await obtainTokens(world, life.web, {}, { login: { subject: "somebody new" } });
    expect(JSON.parse(Buffer.from(fresh.id_token.split(".")[0] ?? "", "base64url").toString("utf8")).kid).toBe(kid);
    expect((await world.admin("GET", "/admin/keys/billing")).body.keys[0]).toMatchObject({
      kid: "billing-1",
      d: expect.any(String),
    });
    expect((await world.admin("GET", "/admin/trust/grants/jwt-bearer/issuers")).body).toMatchObject([
      { issuer: "https://partner.example.org", subject: "partner-user", scope: ["read"] },
    ]);
  });

  it("redeems a refresh token once in Hydra's format and answers it in ours", async () => {
    const { world, life } = await moved();
    const token = life.alice.refresh_token;
    expect((await world.introspect({ token })).body).toMatchObject({
      active: true,
      client_id: "web",
      sub: "alice",
      scope: "openid offline read",
      aud: ["https://api.example.org"],
      ext: { tenant: "north" },
      token_use: "refresh_token",
    });
    const answer = await refresh(world, life.web, token);
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ scope: "openid offline read", expires_in: 7200 }),
    ]);
    expect(answer.body.refresh_token).toMatch(/^tsr_rt_[\w-]{56}$/);
    const before = claimsOf(life.alice);
    const { sub, sid, auth_time, email } = claimsOf(answer.body);
    expect({ sub, sid, auth_time, email }).toEqual({
      sub: "alice",
      sid: before.sid,
      auth_time: before.auth_time,
      email: "alice@example.org",
    });
    expect((await world.introspect({ token: answer.body.access_token })).body).toMatchObject({
      sub: "alice",
      ext: { tenant: "north" },
    });
    expect(await isActive(world, token)).toBe(false);
    const next = await refresh(world, life.web, answer.body.refresh_token);
    expect(next.status).toBe(200);
    // RFC 9700 §4.14.2: whoever brings it again has stolen it, or was robbed of it.
    const replayed = await refresh(world, life.web, token);
    expect([replayed.status, replayed.body.error]).toEqual([400, "invalid_grant"]);
    expect((await refresh(world, life.web, next.body.refresh_token)).status).toBe(400);
    expect(await isActive(world, next.body.access_token)).toBe(false);
  });

  it("takes a token of older releases, which have no prefix, from a client without a secret", async () => {
    const { world, life } = await moved();
    const token = life.dora.refresh_token.replace("ory_rt_", "");
    const form = { grant_type: "refresh_token", refresh_token: token, client_id: life.spa.id };
    expect((await world.post("/oauth2/token", form)).status).toBe(200);
  });

  it("takes a token that was used at Hydra for a theft", async () => {
    const { world, life } = await moved();
    expect((await refresh(world, life.web, life.bob.used)).body.error).toBe("invalid_grant");
    expect((await refresh(world, life.web, life.bob.current)).body.error).toBe("invalid_grant");
  });

  it("refuses who knows only what Hydra stored, and other clients, and nothing changes", async () => {
    const { world, life } = await moved();
    const [body = "", signature = ""] = life.alice.refresh_token.split(".");
    const other = life.bob.current.split(".");
    for (const forged of [
      `ory_rt_${"A".repeat(43)}.${signature}`,
      `${other[0]}.${signature}`,
      `${body}.${other[1]}`,
      `${body}.${signature.slice(0, -1)}`,
      `${body}.${signature}.${signature}`,
    ]) {
      expect((await refresh(world, life.web, forged)).body.error).toBe("invalid_grant");
      expect(await isActive(world, forged)).toBe(false);
    }
    expect((await refresh(world, life.pairwise, life.alice.refresh_token)).body.error).toBe("invalid_grant");
    expect((await refresh(world, life.web, life.alice.refresh_token)).status).toBe(200);
  });

  it("answers two who redeem at once as it does for its own: one, or in the grace period both alike", async () => {
    const { world, life } = await moved({ "oauth2.grant.refresh_token.rotation_grace_period": "60s" });
    const answers = await Promise.all([1, 2].map(() => refresh(world, life.web, life.alice.refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    const strict = await moved();
    const both = await Promise.all([1, 2].map(() => refresh(strict.world, life.web, life.alice.refresh_token)));
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 400]));
  });

  it("lets a client give its token back: RFC 7009 §2.1", async () => {
    const { world, life } = await moved();
    const token = life.alice.refresh_token;
    const { id, secret } = life.web;
    expect((await world.post("/oauth2/revoke", { token }, basic(id, secret))).status).toBe(200);
    expect(await isActive(world, token)).toBe(false);
    expect((await refresh(world, life.web, token)).status).toBe(400);
  });

  it("does not ask for a consent that was remembered, and lists it", async () => {
    const { world, life } = await moved();
    const asked = authorizationRequest(world, life.web, { audience: "https://api.example.org" });
    const browser = newBrowser();
    const login = challengeOf(await landing(browser, asked.url), "login_challenge");
    const consent = challengeOf(
      await landing(browser, (await acceptLogin(world, login)).body.redirect_to),
      "consent_challenge",
    );
    const request = await world.admin("GET", `/admin/oauth2/auth/requests/consent?consent_challenge=${consent}`);
    expect(request.body.skip).toBe(true);
    const listed = (await world.admin("GET", "/admin/oauth2/auth/sessions/consent?subject=alice")).body;
    expect(listed.filter(({ remember }: { readonly remember: boolean }) => remember)).toMatchObject([
      {
        grant_scope: ["openid", "offline", "read"],
        remember: true,
        session: { id_token: { email: "alice@example.org" } },
      },
    ]);
    await world.admin("DELETE", "/admin/oauth2/auth/sessions/consent?subject=alice&all=true");
    expect(await isActive(world, life.alice.refresh_token)).toBe(false);
  });

  it("tells pairwise clients of the same users by the same identifiers", async () => {
    const { world, life } = await moved();
    const refreshed = await refresh(world, life.pairwise, life.pairwiseRefreshToken);
    expect(subjectOf(refreshed.body)).toBe(life.subjects.alice);
    const signIn = async (subject: string) =>
      subjectOf(await obtainTokens(world, life.pairwise, {}, { login: { subject } }));
    expect(await signIn("alice")).toBe(life.subjects.alice);
    expect(await signIn("carol")).toBe(life.subjects.carol);
  });

  it("can be brought again after users have moved: what they did here stays, what they did there is added", async () => {
    const hydra = await hydraOf();
    const { world, data, life } = await moved();
    const own = (await refresh(world, life.web, life.alice.refresh_token)).body.refresh_token;
    await world.close();
    worlds.splice(worlds.indexOf(world), 1);
    await importInto(data.dsn, hydra);
    const later = await startWorld({ dsn: data.dsn, settings: pairwise, clock: movableClock(leftAt(hydra)) });
    worlds.push(later);
    expect((await refresh(later, life.web, own)).status).toBe(200);
    expect((await refresh(later, life.web, life.bob.current)).status).toBe(200);
  });

  it("leaves neither Hydra's secret nor a token in the database", async () => {
    const { data, life } = await moved();
    const text = await dump(data);
    const secrets = {
      secret: hydraSecret,
      token: life.alice.refresh_token,
      signature: life.alice.refresh_token.split(".")[1] ?? "",
      body: (life.alice.refresh_token.split(".")[0] ?? "").replace("ory_rt_", ""),
      claim: "alice@example.org",
    };
    expect(found(text, secrets)).toEqual([]);
  });
});
