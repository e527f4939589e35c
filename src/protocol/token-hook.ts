/** What the web hooks of the token endpoint are asked and what they answer, in Hydra's words. */
import type { Authorization } from "./authorization.ts";
import { presentedSubject } from "./authorization.ts";
import type { ClaimStyle } from "./claims.ts";
import { refuse } from "./errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json.ts";
import type { Parameters } from "./parameters.ts";
import { parseScope } from "./scope.ts";

/** What tokens say beyond the protocol's own claims. */
export interface TokenClaims {
  readonly accessToken: JsonObject;
  readonly idToken: JsonObject;
}

export type HookAnswer =
  | { readonly kind: "unchanged" }
  | { readonly kind: "denied" }
  | { readonly kind: "claims"; readonly claims: TokenClaims };

export interface HookFacts {
  readonly issuer: string;
  readonly clientId: string;
  readonly grantType: string;
  /** Null when the tokens hang from the client alone. */
  readonly authorization: Authorization | null;
  /** Of whom tokens without authorization speak. */
  readonly subject: string;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** What the tokens would say as it stands. */
  readonly claims: TokenClaims;
  readonly form: Parameters;
  readonly style: ClaimStyle;
}

/** All that hooks are told of the request's form. `assertion` is the one of the JWT bearer grant; no secret, code or token. */
const toldParameters = ["grant_type", "response_type", "scope", "client_id", "assertion"] as const;
/** An instant that is not known, as Go writes it. */
const noInstant = "0001-01-01T00:00:00Z";

/** To `oauth2.token_hook`. */
export function tokenHookQuestion(facts: HookFacts): JsonObject {
  const { authorization, form } = facts;
  const requested = authorization?.facts.requestedScope ?? parseScope(form.get("scope"));
  return {
    session: session(facts),
    request: { ...requester(facts), requested_scopes: [...requested], payload: payload(form) },
  };
}

/** To `oauth2.refresh_token_hook`. */
export function refreshHookQuestion(facts: HookFacts): JsonObject {
  const asked = requester(facts);
  const { client_id, granted_scopes, granted_audience } = asked;
  return {
    subject: userOf(facts),
    session: session(facts),
    requester: asked,
    client_id,
    granted_scopes,
    granted_audience,
  };
}

function requester({ clientId, grantType, scope, audience }: HookFacts) {
  return {
    client_id: clientId,
    granted_scopes: [...scope],
    granted_audience: [...audience],
    grant_types: [grantType],
  };
}

function payload(form: Parameters): JsonObject {
  const told = toldParameters.flatMap((name): [string, JsonValue][] => {
    const value = form.get(name);
    return value === undefined ? [] : [[name, [value]]];
  });
  return Object.fromEntries(told);
}

function userOf({ authorization, subject }: HookFacts): string {
  return authorization?.subject ?? subject;
}

/** The session as Hydra's Go programs read it. */
function session(facts: HookFacts): JsonObject {
  const { authorization, claims, style } = facts;
  return {
    id_token: {
      id_token_claims: idToken(facts),
      headers: { extra: {} },
      expires_at: {},
      username: "",
      subject: userOf(facts),
    },
    extra: claims.accessToken,
    client_id: facts.clientId,
    consent_challenge: authorization?.id ?? "",
    exclude_not_before_claim: style.excludeNotBefore,
    allowed_top_level_claims: [...style.topLevelClaims],
    mirror_top_level_claims: style.mirrorTopLevelClaims,
    preserve_ext_claims: style.preserveExtClaims,
  };
}

function idToken({ issuer, clientId, authorization, subject, claims }: HookFacts): JsonObject {
  const known = authorization?.facts;
  return {
    jti: "",
    iss: issuer,
    sub: authorization === null ? subject : presentedSubject(authorization),
    aud: [clientId],
    nonce: known?.nonce ?? "",
    exp: noInstant,
    iat: noInstant,
    rat: known?.requestedAt.toISOString() ?? noInstant,
    auth_time: known?.authenticatedAt.toISOString() ?? noInstant,
    at_hash: "",
    acr: known?.acr ?? "",
    amr: [...(known?.amr ?? [])],
    c_hash: "",
    ext: authorization === null ? claims.idToken : { ...claims.idToken, sid: authorization.sessionId },
  };
}

/** The body of an answer with status 200: `{ session: { access_token, id_token } }`, as in Hydra each may be missing. */
export function readHookClaims(text: string): TokenClaims {
  const body = objectOf(parseJson(text, "hook's answer"), "body");
  const said = memberOf(body, "session");
  return { accessToken: memberOf(said, "access_token"), idToken: memberOf(said, "id_token") };
}

function memberOf(object: JsonObject, name: string): JsonObject {
  return objectOf(Object.hasOwn(object, name) ? (object[name] ?? {}) : {}, name);
}

function objectOf(value: JsonValue, name: string): JsonObject {
  return isJsonObject(value) ? value : refuse("server_error", `The hook's answer has a '${name}' that is no object.`);
}

/** As in Hydra: at a refresh the hook's claims take the place of all others (D39), before it they are added. */
export function withHookClaims(present: TokenClaims, said: TokenClaims, grantType: string): TokenClaims {
  if (grantType === "refresh_token") return said;
  return {
    accessToken: { ...present.accessToken, ...said.accessToken },
    idToken: { ...present.idToken, ...said.idToken },
  };
}
