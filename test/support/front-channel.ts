/** Clients whose tokens come through the browser, and what comes. */
import { createHash } from "node:crypto";
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import { authorizationRequest, type FlowChoices, newClient, runFlow, type TestClient } from "./code-flow.ts";
import { delivered } from "./flow-steps.ts";
import type { World } from "./server.ts";

/** Every response type but the code's own. */
export const frontChannelTypes = [
  "id_token",
  "id_token token",
  "code id_token",
  "code token",
  "code id_token token",
  "token",
] as const;

/** A client that is registered for the one response type, unless the test says otherwise. */
export function frontChannelClient(
  world: World,
  responseType: string,
  over: Record<string, unknown> = {},
): Promise<TestClient> {
  return newClient(world, {
    grant_types: ["authorization_code", "implicit", "refresh_token"],
    response_types: [responseType],
    ...over,
  });
}

export interface Delivery {
  readonly place: URL;
  readonly told: Record<string, string>;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Runs a flow of the response type and tells what came to the client. */
export async function runFrontChannel(
  world: World,
  client: TestClient,
  responseType: string,
  over: Record<string, string | undefined> = {},
  choices: FlowChoices = {},
): Promise<Delivery> {
  const { url, state, nonce, verifier } = authorizationRequest(world, client, { response_type: responseType, ...over });
  const place = await runFlow(world, url, choices);
  return { place, told: delivered(place), state, nonce, verifier };
}

/** The claims of an ID token whose signature, issuer and audience hold. */
export async function verifiedIdToken(world: World, client: TestClient, token: string): Promise<JWTPayload> {
  const keys = createLocalJWKSet((await world.get("/.well-known/jwks.json")).body);
  const checks = { issuer: world.publicUrl, audience: client.id, currentDate: world.clock.now() };
  return (await jwtVerify(token, keys, checks)).payload;
}

/** OIDC Core §3.1.3.6, §3.3.2.11, for an ID token that is signed with a *256 algorithm. */
export function leftHalfOf(text: string | undefined): string {
  return createHash("sha256")
    .update(text ?? "")
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}
