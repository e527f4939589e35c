/** What a flow's end brings the client through the browser: a code, tokens, or both (OIDC Core §3.1.2.5, §3.2.2.5, §3.3.2.5). */
import type { Ports } from "../../ports/ports.ts";
import type { FlowEnd } from "../../ports/store/flows.ts";
import { opaqueToken } from "../../protocol/access-token.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import { digest } from "../../protocol/digest.ts";
import { after, lifespanOf } from "../../protocol/lifespan.ts";
import { isFrontChannel } from "../../protocol/response-type.ts";
import type { AuthorizationCode } from "../../protocol/token.ts";
import { type MadeAccessToken, makeAccessToken } from "../tokens/access-token.ts";
import { makeIdToken } from "../tokens/id-token.ts";
import type { FoundFlow } from "./state.ts";

/** Made before anything is stored; good for nothing until `end` is. */
export interface Gains {
  readonly end: FlowEnd;
  /** As the client is told. */
  readonly parameters: ReadonlyArray<readonly [string, string]>;
  /** Tells of what is issued, once it is stored. */
  announce(): void;
}

interface Granted extends FoundFlow {
  readonly authorization: Authorization;
  readonly now: Date;
}

export async function makeGains(granted: Granted, ports: Ports): Promise<Gains> {
  const { flow, authorization } = granted;
  const { responseTypes, device } = flow.request;
  // RFC 8628 §3.3: a device fetches its tokens itself.
  if (device !== undefined) {
    const end = { code: null, accessToken: null, deviceCode: device.codeDigest };
    return { end, parameters: [], announce: () => undefined };
  }
  const code = responseTypes.includes("code") ? newCode(granted, ports) : null;
  const access = responseTypes.includes("token") ? await newAccessToken(granted, ports) : null;
  const idToken = responseTypes.includes("id_token")
    ? await newIdToken(granted, { code: code?.text ?? null, accessToken: access?.token ?? null }, ports)
    : null;
  const scope = authorization.grantedScope.join(" ");
  return {
    end: { code: code?.record ?? null, accessToken: access?.record ?? null, deviceCode: null },
    parameters: [
      ...(code === null ? [] : [["code", code.text] as const]),
      ...(access === null ? [] : tokenParameters(access)),
      // RFC 6749 §4.2.2, and as Hydra sends it with a code alone.
      ...(access !== null || idToken === null ? [["scope", scope] as const] : []),
      ...(idToken === null ? [] : [["id_token", idToken] as const]),
    ],
    announce: () => announce(granted, access, idToken !== null, ports),
  };
}

function newCode({ flow, client, now }: Granted, { config, random }: Ports) {
  const text = opaqueToken(config["oauth2.token_prefix"], "ac", random.text(32));
  const record: AuthorizationCode = {
    digest: digest(text),
    authorizationId: flow.id,
    clientId: client.id,
    redirectUri: flow.request.redirectUri,
    redirectUriSent: flow.request.redirectUriSent,
    codeChallenge: flow.request.codeChallenge,
    expiresAt: after(now, config["ttl.auth_code"]),
  };
  return { text, record };
}

/** Of no refresh family: RFC 6749 §4.2.2 forbids a refresh token here, and none that comes of the code ends this one. */
async function newAccessToken({ client, authorization, now }: Granted, ports: Ports) {
  const seconds = lifespanOf(client, "implicit", "access") ?? ports.config["ttl.access_token"];
  const { grantedScope: scope, grantedAudience: audience } = authorization;
  const order = { client, authorization, scope, audience, generation: 0, now, expiresAt: after(now, seconds) };
  return { ...(await makeAccessToken(order, ports)), seconds };
}

async function newIdToken(
  { client, authorization, now }: Granted,
  beside: { readonly code: string | null; readonly accessToken: string | null },
  ports: Ports,
): Promise<string> {
  const seconds = lifespanOf(client, "implicit", "id") ?? ports.config["ttl.id_token"];
  return makeIdToken({ client, authorization, ...beside, now, expiresAt: after(now, seconds) }, ports);
}

function tokenParameters({ token, seconds }: MadeAccessToken & { readonly seconds: number }) {
  return [
    ["access_token", token],
    ["token_type", "bearer"],
    ["expires_in", String(Math.floor(seconds))],
  ] as const;
}

function announce({ flow, client }: Granted, access: MadeAccessToken | null, idToken: boolean, ports: Ports): void {
  if (!isFrontChannel(flow.request.responseTypes)) return;
  ports.events.emit({
    type: "token_issued",
    clientId: client.id,
    grantType: "implicit",
    format: access?.format ?? null,
    authorizationId: flow.id,
    refreshToken: false,
    idToken,
  });
}
