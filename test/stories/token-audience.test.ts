/** For whom a token is: `audience` and `resource` at the token endpoint (RFC 8707, D32). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newClient, redeem, refresh, type TestClient } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { askToken, claimsOf, freshCode, introspected, refusal } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const [files, mail] = ["https://files.example/v1", "https://mail.example"];

describe.each(databases)("audiences on $name", (database) => {
  let world: World;
  let client: TestClient;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
    client = await newClient(world, { audience: [files, mail] });
  });
  afterAll(() => world?.close());

  const whole = { audience: `${files} ${mail}` };

  test.each(["audience", "resource"])(
    "RFC 8707 §2.2: `%s` at a refresh narrows that access token only",
    async (name) => {
      const { code, verifier } = await freshCode(world, client, whole);
      const first = (await redeem(world, client, code, { code_verifier: verifier })).body;
      expect(await introspected(world, first.access_token)).toMatchObject({ aud: [files, mail] });
      const narrow = (await refresh(world, client, first.refresh_token, { [name]: mail })).body;
      expect(await introspected(world, narrow.access_token)).toMatchObject({ aud: [mail] });
      const again = (await refresh(world, client, narrow.refresh_token)).body;
      expect(await introspected(world, again.access_token)).toMatchObject({ aud: [files, mail] });
    },
  );

  test("RFC 8707 §2.2: so does `resource` beside a code, also in a JWT", async () => {
    const own = await newClient(world, { audience: [files, mail], access_token_strategy: "jwt" });
    const { code, verifier } = await freshCode(world, own, whole);
    const tokens = (await redeem(world, own, code, { code_verifier: verifier, resource: `${files}/alice` })).body;
    expect(claimsOf(tokens.access_token).aud).toEqual([`${files}/alice`]);
    expect(await introspected(world, tokens.access_token)).toMatchObject({ aud: [`${files}/alice`] });
  });

  test.each(["audience", "resource"])(
    "RFC 8707 §2.2: a `%s` beyond the grant is refused, and nothing is spent",
    async (name) => {
      const { code, verifier } = await freshCode(world, client, { audience: files });
      const beyond = [mail, "https://files.example/v2", "https://files.example/v1/../v2", "https://files.example"];
      for (const value of beyond) {
        const answer = await redeem(world, client, code, { code_verifier: verifier, [name]: value });
        expect(refusal(answer), value).toEqual([400, "invalid_target"]);
      }
      const first = (await redeem(world, client, code, { code_verifier: verifier })).body;
      for (const value of beyond) {
        const answer = await refresh(world, client, first.refresh_token, { [name]: value });
        expect(refusal(answer), value).toEqual([400, "invalid_target"]);
      }
      expect((await refresh(world, client, first.refresh_token)).status).toBe(200);
    },
  );

  test("an audience that the client has lost is not renewed", async () => {
    const losing = await newClient(world, { audience: [files, mail] });
    const { code, verifier } = await freshCode(world, losing, whole);
    const first = (await redeem(world, losing, code, { code_verifier: verifier })).body;
    const current = (await world.admin("GET", `/admin/clients/${losing.id}`)).body;
    await world.admin("PUT", `/admin/clients/${losing.id}`, { ...current, audience: [files] });
    expect(refusal(await refresh(world, losing, first.refresh_token))).toEqual([400, "invalid_target"]);
  });

  test("client credentials: both parameters, repeated, within what is registered", async () => {
    const ask = (more: string) => askToken(world, client, `grant_type=client_credentials&${more}`);
    const both = await ask(`audience=${files}/a&audience=${files}/b&resource=${mail}&resource=${mail}/x`);
    expect(await introspected(world, both.body.access_token)).toMatchObject({
      aud: [`${files}/a`, `${files}/b`, mail, `${mail}/x`],
    });
    const refused = [
      "audience=https://evil.example",
      `audience=${files}0`,
      `audience=${files}/../admin`,
      `audience=${files}/%252e%252e/admin`,
      `audience=https://mail.example.evil.example`,
      `audience=https://mail.example@evil.example`,
      `resource=${mail}%23fragment`,
      "resource=mail",
      `audience=${mail}&audience=https://evil.example`,
      `resource=${"https://mail.example/".padEnd(600, "x")}`,
    ];
    for (const more of refused) expect(refusal(await ask(more)), more).toEqual([400, "invalid_target"]);
  });
});
