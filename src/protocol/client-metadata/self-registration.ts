/** What a client may register about itself, and what stays for an administrator to say (RFC 7591 §2, §5). */
import { type ClientMetadata, emptyClientMetadata, lifespanNames } from "../client.ts";
import { grantTypesFor, isFrontChannel, normalizeResponseType, supportedResponseTypes } from "../response-type.ts";
import { admitsScope, type ScopeStrategy } from "../scope.ts";
import { quotable } from "../text.ts";
import { fault } from "./fault.ts";

/** What the operator lets strangers have; whoever names none has all of it. */
export interface SelfRegistrationPolicy {
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly scopeStrategy: ScopeStrategy;
  readonly dev: boolean;
}

/**
 * The metadata to store for what a client says about itself, `present` being what is registered of it already. What is
 * an administrator's stays as it is. What has been checked already: that every member is well-formed.
 */
export function ownMetadata(
  wanted: ClientMetadata,
  present: ClientMetadata | null,
  policy: SelfRegistrationPolicy,
): ClientMetadata {
  const before = present ?? emptyClientMetadata;
  requireUnreserved(wanted, before);
  requirePlainName(wanted.name);
  const flows = consistentFlows(wanted);
  requireRedirects({ ...wanted, ...flows }, policy.dev);
  return {
    ...wanted,
    ...flows,
    scope: ownScope(wanted, before, policy),
    audience: ownAudience(wanted, before, policy),
    subjectType: ownSubjectType(wanted, present),
    owner: before.owner,
    metadata: before.metadata,
    accessTokenStrategy: before.accessTokenStrategy,
    skipConsent: before.skipConsent,
    skipLogoutConsent: before.skipLogoutConsent,
    lifespans: before.lifespans,
  };
}

/** A client that writes back what it has read says nothing of its own: empty values and those that stand are let pass. */
function requireUnreserved(wanted: ClientMetadata, before: ClientMetadata): void {
  const reserved: ReadonlyArray<readonly [field: string, isUnsaid: boolean]> = [
    ["owner", wanted.owner === "" || wanted.owner === before.owner],
    ["metadata", Object.keys(wanted.metadata).length === 0],
    ["skip_consent", !wanted.skipConsent || before.skipConsent],
    ["skip_logout_consent", wanted.skipLogoutConsent !== true || before.skipLogoutConsent === true],
    [
      "access_token_strategy",
      wanted.accessTokenStrategy === "" || wanted.accessTokenStrategy === before.accessTokenStrategy,
    ],
    ...lifespanNames.map((name) => {
      const seconds = wanted.lifespans[name];
      return [`${name}_lifespan`, seconds === undefined || seconds === before.lifespans[name]] as const;
    }),
  ];
  const taken = reserved.find(([, isUnsaid]) => !isUnsaid);
  if (taken !== undefined) fault(taken[0], "must not be set by dynamic client registration");
}

// RFC 7591 §5: the name is shown to users, who must not be made to read it backwards (Unicode TR 36 §2.10).
function requirePlainName(name: string): void {
  if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    fault("client_name", "must not hold control characters or overrides of the writing direction");
  }
}

/** RFC 7591 §2.1: what is not said follows from what is; what is said must fit. */
function consistentFlows({ grantTypes, responseTypes }: ClientMetadata) {
  for (const type of responseTypes) {
    if (!supportedResponseTypes.some((known) => known === normalizeResponseType(type))) {
      fault("response_types", `must not hold '${quotable(type)}'`);
    }
  }
  const needed = new Set(responseTypes.flatMap((type) => grantTypesFor(type.split(" "))));
  if (grantTypes.length === 0) {
    const derived = needed.size === 0 ? ["authorization_code"] : [...needed];
    return { grantTypes: derived, responseTypes: responseTypes.length === 0 ? ["code"] : responseTypes };
  }
  const missing = [...needed].find((grant) => !grantTypes.includes(grant));
  if (missing !== undefined) fault("grant_types", `must hold '${missing}' for the response_types that are named`);
  if (responseTypes.length > 0) return { grantTypes, responseTypes };
  if (grantTypes.includes("authorization_code")) return { grantTypes, responseTypes: ["code"] };
  if (grantTypes.includes("implicit")) fault("response_types", "must be named for the grant type 'implicit'");
  return { grantTypes, responseTypes: [] };
}

function requireRedirects({ redirectUris, responseTypes, applicationType }: ClientMetadata, dev: boolean): void {
  if (responseTypes.length === 0) return;
  // RFC 7591 §2: who is answered through the browser says where.
  if (redirectUris.length === 0)
    fault("redirect_uris", "must be named by a client that is answered through the browser");
  // OIDC Registration §2, `application_type`: tokens in the URL go to https only, unless the application is native. That
  // it is not `localhost` is not asked: with https, somebody has a certificate for it.
  const isImplicit = responseTypes.some((type) => isFrontChannel(type.split(" ")));
  if (!isImplicit || dev || applicationType === "native") return;
  if (redirectUris.some((uri) => !/^https:/i.test(uri))) {
    fault("redirect_uris", "must use https where tokens come through the browser");
  }
}

/** RFC 7591 §3.2.1 lets the server replace what was asked for: the answer says what is left of it. */
function ownScope({ scope }: ClientMetadata, before: ClientMetadata, policy: SelfRegistrationPolicy): string {
  if (scope === "") return policy.scope.join(" ");
  const allowed = `${policy.scope.join(" ")} ${before.scope}`;
  const left = scope.split(" ").filter((word) => admitsScope(policy.scopeStrategy, allowed, word));
  if (left.length === 0) fault("scope", "holds none that a client may register for itself");
  return left.join(" ");
}

function ownAudience(
  { audience }: ClientMetadata,
  before: ClientMetadata,
  policy: SelfRegistrationPolicy,
): readonly string[] {
  const allowed = [...new Set([...policy.audience, ...before.audience])];
  if (audience.length === 0) return allowed;
  const left = audience.filter((one) => allowed.includes(one));
  if (left.length === 0) fault("audience", "holds none that a client may register for itself");
  return left;
}

// OIDC Core §8.1: who knows a user by one identifier is not told another, by which others know the user too.
function ownSubjectType({ subjectType }: ClientMetadata, present: ClientMetadata | null): string {
  if (present === null || subjectType === "") return present?.subjectType ?? subjectType;
  const before = present.subjectType === "" ? "public" : present.subjectType;
  if (subjectType !== before) fault("subject_type", "must stay as it was registered");
  return subjectType;
}
