/** A relying party of its own make: openid-client signs a user in, and holds the answers against the specifications. */
import * as openid from "openid-client";
import { callback, type FlowChoices, runFlow, type TestClient } from "./code-flow.ts";
import type { Callable } from "./server.ts";

export async function relyingParty(
  world: Callable,
  client: TestClient,
  metadata: Partial<openid.ClientMetadata> = {},
  authentication: openid.ClientAuth = openid.ClientSecretBasic(client.secret),
): Promise<openid.Configuration> {
  const execute = [openid.allowInsecureRequests];
  return openid.discovery(new URL(world.publicUrl), client.id, metadata, authentication, { execute });
}

/** From the request to tokens that openid-client believes. */
export async function signIn(
  world: Callable,
  party: openid.Configuration,
  over: Record<string, string> = {},
  choices: FlowChoices = {},
) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const expectedNonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(party, {
    redirect_uri: callback,
    scope: "openid offline read",
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...over,
  });
  const place = await runFlow(world, url.href, choices);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return openid.authorizationCodeGrant(party, place, checks);
}
