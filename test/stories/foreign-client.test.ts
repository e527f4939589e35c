/** Clients in other languages, of libraries that share nothing with this server, sign a user in. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callback, newClient, runFlow } from "../support/code-flow.ts";
import { approve, devicePages, newDeviceClient } from "../support/device-flow.ts";
import { converse, goClient, pythonProgram } from "../support/foreign-client.ts";
import { frontChannelClient, frontChannelTypes } from "../support/front-channel.ts";
import { startWorld, type World } from "../support/server.ts";

const [go, python] = await Promise.all([goClient(), pythonProgram("python", "client.py")]);
const programs = [
  { libraries: "Go: golang.org/x/oauth2 and coreos/go-oidc", client: go, connectsDevices: true },
  { libraries: "Python: Authlib", client: python, connectsDevices: false },
].map(({ libraries, client, connectsDevices }) => {
  const name = "missing" in client ? `${libraries} (SKIPPED: ${client.missing})` : libraries;
  return [name, { client, connectsDevices, isMissing: "missing" in client }] as const;
});

// Not "$name", which is cut when it is long: the reason of a skip must be read in full.
describe.for(programs)("%s", ([, { client, isMissing, connectsDevices }]) => {
  let world: World;

  beforeAll(async () => {
    const settings = { ...devicePages, "oauth2.device_authorization.token_polling_interval": "1s" };
    world = await startWorld({ settings });
  });
  afterAll(async () => {
    await world?.close();
    if (!("missing" in client)) client.close();
  });

  const job = (of: { id: string; secret: string }, over: Record<string, unknown> = {}) => ({
    flow: "browser",
    issuer: world.publicUrl,
    clientId: of.id,
    clientSecret: of.secret,
    authMethod: "client_secret_basic",
    redirectUrl: callback,
    introspectionUrl: `${world.adminUrl}/admin/oauth2/introspect`,
    responseType: "code",
    scopes: ["openid", "offline_access", "read"],
    ...over,
  });

  const usedTokens = {
    idToken: "alice",
    userinfo: "alice",
    refreshed: "alice",
    revoked: expect.stringMatching(/^401/),
  };

  test.skipIf(isMissing).each(["RS256", "ES256", "PS256", "EdDSA"])(
    "discovery, code with PKCE and nonce, ID token (%s), userinfo, refresh and revocation",
    async (algorithm) => {
      const registered = await newClient(world, { id_token_signed_response_alg: algorithm });
      const program = await converse(client, job(registered));
      const consent = { session: { id_token: { email: "alice@example.org" } } };
      const found = await program.finish(await runFlow(world, program.visit, { consent }));
      expect(found).toMatchObject({ ...usedTokens, claims: { email: "alice@example.org", aud: [registered.id] } });
      expect(found.delivered).toEqual(expect.arrayContaining(["code", "iss", "state"]));
    },
  );

  // Go's oauth2 is not told how, and tries what it knows: a wrong way costs neither the code nor the refresh token.
  test.skipIf(isMissing).each(["client_secret_post", "none"])("a client that is registered for %s", async (method) => {
    const grants = { grant_types: ["authorization_code", "refresh_token"] };
    const registered = await newClient(world, { ...grants, token_endpoint_auth_method: method });
    const program = await converse(client, job(registered, { authMethod: method }));
    expect(await program.finish(await runFlow(world, program.visit))).toMatchObject(usedTokens);
  });

  test.skipIf(isMissing).each(frontChannelTypes.filter((type) => type.includes("code")))(
    "OIDC Core §3.3: %s, with what came through the browser held against its hashes",
    async (responseType) => {
      const registered = await frontChannelClient(world, responseType);
      const program = await converse(client, job(registered, { responseType }));
      const found = await program.finish(await runFlow(world, program.visit));
      expect(found).toMatchObject(usedTokens);
      expect(found.frontChannel).toBe(responseType.includes("id_token") ? "alice" : undefined);
    },
  );

  test.skipIf(isMissing).each(["id_token", "id_token token"])("OIDC Core §3.2: %s", async (responseType) => {
    const registered = await frontChannelClient(world, responseType);
    const program = await converse(client, job(registered, { responseType, scopes: ["openid", "read"] }));
    const found = await program.finish(await runFlow(world, program.visit));
    expect(found).toMatchObject({ frontChannel: "alice" });
    expect(found.delivered).toEqual(expect.arrayContaining(responseType === "id_token" ? [] : ["access_token"]));
  });

  if (!connectsDevices) return;
  test.skipIf(isMissing)("RFC 8628: a device is let in", async () => {
    // Go's oauth2 asks for a code as a public client, whatever it is.
    const registered = await newDeviceClient(world, { token_endpoint_auth_method: "none" });
    const program = await converse(client, job(registered, { flow: "device", authMethod: "none" }));
    expect(program.visit).toBe(`${world.publicUrl}/oauth2/device/verify`);
    await approve(world, { user_code: program.userCode ?? "" });
    // The program waits for as long as it was told to; to the server that time has gone by.
    world.clock.advance(1);
    expect(await program.finish()).toMatchObject(usedTokens);
  });
});
