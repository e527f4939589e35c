/** What a thief finds in the file: no token, no code, no claim, no key, and nothing that opens in another place. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import type { Store } from "../../../src/ports/store.ts";
import {
  aClient,
  aCode,
  aFlow,
  after,
  aLoginSession,
  anAcceptedConsent,
  anAcceptedLogin,
  anAuthorization,
  aRequest,
  aSigningKey,
  endsIn,
} from "../../support/nouns.ts";
import { testSeal } from "../../support/seal.ts";
import { openTestStore } from "../../support/sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-"));
afterAll(() => rmSync(folder, { recursive: true }));

const secret = "whisper";

/** Every text that must be sealed says the secret word. */
async function aStoryWithSecrets(store: Store) {
  const client = aClient();
  await store.clients.create(client);
  const request = aRequest(client.id, { state: secret, requestUrl: `https://id.example/?login_hint=${secret}` });
  const session = aLoginSession();
  const flow = aFlow(client, {
    request,
    sessionId: session.id,
    state: "login_asked",
    consentAsked: { skip: false, basedOn: null },
  });
  await store.flows.begin(flow, client.revision);
  await store.flows.answerLogin(flow.id, { accepted: anAcceptedLogin({ context: { secret } }) }, after(20));
  const asked = { flowId: flow.id, sessionId: session.id, skip: false, basedOn: null, extendedUntil: null };
  await store.flows.askConsent({ ...asked, session, now: after(30) });
  const consent = anAcceptedConsent({ accessTokenClaims: { secret }, idTokenClaims: { secret }, context: secret });
  await store.flows.answerConsent(flow.id, { accepted: consent }, { now: after(40), subject: "anna" });
  const plain = anAuthorization(flow);
  const authorization = anAuthorization(flow, {
    facts: { ...plain.facts, context: secret, loginContext: { secret } },
    accessTokenClaims: { secret },
    idTokenClaims: { secret },
  });
  const code = aCode(authorization);
  expect(await store.flows.finish(flow.id, authorization, endsIn(code), client.revision)).toBe(true);
  const key = aSigningKey();
  await store.keys.found({ ...key, privateJwk: { ...key.privateJwk, d: secret } });
  return { flow, code, key };
}

describe("secrets in sqlite", () => {
  test("no file holds a secret in plain", async () => {
    const path = join(folder, "plain");
    const store = await openTestStore({ file: join(path, "store.sqlite") });
    await aStoryWithSecrets(store);
    await store.close();
    const bytes = readdirSync(path).map((name) => readFileSync(join(path, name)));
    expect(bytes.some((file) => file.includes("A photo printer"))).toBe(true);
    expect(bytes.some((file) => file.includes(secret))).toBe(false);
  });

  test("what is moved to another row or another column does not open", async () => {
    const file = join(folder, "moved.sqlite");
    const store = await openTestStore({ file });
    const [one, other] = [await aStoryWithSecrets(store), await aStoryWithSecrets(store)];
    const thief = new DatabaseSync(file);
    const move = (sql: string, ...ids: string[]) => {
      expect(thief.prepare(sql).run(...ids.map((id) => Buffer.from(id, "hex"))).changes).toBe(1);
    };

    move("update flows set login = (select login from flows where id = ?) where id = ?", one.flow.id, other.flow.id);
    await expect(store.flows.find(other.flow.id)).rejects.toThrow();
    expect((await store.flows.find(one.flow.id))?.flow.login).toBeDefined();

    move(
      "update authorizations set sealed_facts = (select sealed_facts from authorizations where id = ?) where id = ?",
      one.flow.id,
      other.flow.id,
    );
    move("update authorizations set access_token_claims = id_token_claims where id = ?", other.flow.id);
    const moved = (await store.codes.find(other.code.digest))?.authorization;
    expect(() => moved?.facts.requestUrl).toThrow();
    expect(() => moved?.accessTokenClaims).toThrow();
    expect(moved?.idTokenClaims).toEqual({ secret });

    thief
      .prepare("update keys set private_jwk = (select private_jwk from keys where kid = ?) where kid = ?")
      .run(one.key.kid, other.key.kid);
    await expect(store.keys.list([other.key.set])).rejects.toThrow(/cannot be opened.*secrets\.system/);
    expect(await store.keys.list([one.key.set])).toHaveLength(1);
    thief.close();
    await store.close();
  });

  test("a key whose secret is gone is an error that names the key and the setting", async () => {
    const file = join(folder, "rotated.sqlite");
    const store = await openTestStore({ file });
    const { key } = await aStoryWithSecrets(store);
    await store.close();
    const rotated = await openTestStore({ file, seal: testSeal("another secret") });
    await expect(rotated.keys.list([key.set])).rejects.toThrow(
      `The private key '${key.kid}' of the set '${key.set}' cannot be opened: ` +
        "is the secret it was sealed with still in the setting 'secrets.system'?",
    );
    await rotated.close();
  });
});
