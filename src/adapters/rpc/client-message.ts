/** A client as the contract's message, and back. */
import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { OAuth2ClientSchema } from "../../gen/tessera/admin/v1/client_pb.js";
import type { Registration } from "../../operations/clients/registration-token.ts";
import {
  authenticationMethodOf,
  type Client,
  type ClientMetadata,
  type LifespanName,
  lifespanNames,
} from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { parseDuration, renderDuration } from "../../protocol/lifespan.ts";

export type ClientMessage = MessageShape<typeof OAuth2ClientSchema>;

/** `secret` is the plain text where it was made or set just now, else null; `registration` likewise. */
export function toClientMessage(
  client: Client,
  secret: string | null,
  registration: Registration | null = null,
): ClientMessage {
  return create(OAuth2ClientSchema, {
    registrationAccessToken: registration?.token ?? "",
    registrationClientUri: registration?.url ?? "",
    clientId: client.id,
    clientName: client.name,
    clientSecret: secret ?? "",
    redirectUris: [...client.redirectUris],
    grantTypes: [...client.grantTypes],
    responseTypes: [...client.responseTypes],
    scope: client.scope,
    audience: [...client.audience],
    owner: client.owner,
    policyUri: client.policyUri,
    allowedCorsOrigins: [...client.allowedCorsOrigins],
    tosUri: client.tosUri,
    clientUri: client.clientUri,
    logoUri: client.logoUri,
    contacts: [...client.contacts],
    subjectType: client.subjectType === "" ? "public" : client.subjectType,
    sectorIdentifierUri: client.sectorIdentifierUri,
    jwksUri: client.jwksUri,
    tokenEndpointAuthMethod: authenticationMethodOf(client),
    tokenEndpointAuthSigningAlg: client.tokenEndpointAuthSigningAlg,
    requestUris: [...client.requestUris],
    requestObjectSigningAlg: client.requestObjectSigningAlg,
    userinfoSignedResponseAlg: client.userinfoSignedResponseAlg === "" ? "none" : client.userinfoSignedResponseAlg,
    idTokenSignedResponseAlg: client.idTokenSignedResponseAlg,
    createdAt: timestampFromDate(wholeSecond(client.createdAt)),
    updatedAt: timestampFromDate(wholeSecond(client.updatedAt)),
    frontchannelLogoutUri: client.frontchannelLogoutUri,
    frontchannelLogoutSessionRequired: client.frontchannelLogoutSessionRequired,
    postLogoutRedirectUris: [...client.postLogoutRedirectUris],
    backchannelLogoutUri: client.backchannelLogoutUri,
    backchannelLogoutSessionRequired: client.backchannelLogoutSessionRequired,
    applicationType: client.applicationType,
    initiateLoginUri: client.initiateLoginUri,
    defaultAcrValues: [...client.defaultAcrValues],
    metadata: client.metadata,
    accessTokenStrategy: client.accessTokenStrategy,
    skipConsent: client.skipConsent,
    ...(client.jwks === null ? {} : { jwks: client.jwks }),
    ...(client.skipLogoutConsent === null ? {} : { skipLogoutConsent: client.skipLogoutConsent }),
    ...(client.defaultMaxAge === null ? {} : { defaultMaxAge: client.defaultMaxAge }),
    requireAuthTime: client.requireAuthTime,
    ...lifespanMembers(client),
  });
}

/** As Hydra shows it: whole seconds. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** What a request says is to be registered; ids, secrets and times are not part of it. */
export function toClientMetadata(message: ClientMessage): ClientMetadata {
  return {
    name: message.clientName,
    owner: message.owner,
    redirectUris: message.redirectUris,
    grantTypes: message.grantTypes,
    responseTypes: message.responseTypes,
    scope: message.scope,
    audience: message.audience,
    policyUri: message.policyUri,
    tosUri: message.tosUri,
    clientUri: message.clientUri,
    logoUri: message.logoUri,
    contacts: message.contacts,
    allowedCorsOrigins: message.allowedCorsOrigins,
    subjectType: message.subjectType,
    sectorIdentifierUri: message.sectorIdentifierUri,
    jwksUri: message.jwksUri,
    jwks: isEmpty(message.jwks) ? null : message.jwks,
    tokenEndpointAuthMethod: message.tokenEndpointAuthMethod,
    tokenEndpointAuthSigningAlg: message.tokenEndpointAuthSigningAlg,
    requestUris: message.requestUris,
    requestObjectSigningAlg: message.requestObjectSigningAlg,
    userinfoSignedResponseAlg: message.userinfoSignedResponseAlg,
    idTokenSignedResponseAlg: message.idTokenSignedResponseAlg,
    frontchannelLogoutUri: message.frontchannelLogoutUri,
    frontchannelLogoutSessionRequired: message.frontchannelLogoutSessionRequired,
    backchannelLogoutUri: message.backchannelLogoutUri,
    backchannelLogoutSessionRequired: message.backchannelLogoutSessionRequired,
    postLogoutRedirectUris: message.postLogoutRedirectUris,
    applicationType: message.applicationType,
    initiateLoginUri: message.initiateLoginUri,
    defaultAcrValues: message.defaultAcrValues,
    metadata: message.metadata ?? {},
    accessTokenStrategy: message.accessTokenStrategy,
    skipConsent: message.skipConsent,
    skipLogoutConsent: message.skipLogoutConsent ?? null,
    defaultMaxAge: message.defaultMaxAge ?? null,
    requireAuthTime: message.requireAuthTime,
    lifespans: toLifespans(message),
  };
}

/** An answer's `jwks: {}` comes back in the next PUT: it says that there are none. */
function isEmpty(jwks: JsonObject | undefined): jwks is undefined {
  return jwks === undefined || Object.keys(jwks).length === 0;
}

type LifespanMembers = Extract<keyof ClientMessage, `${string}Lifespan`>;

/** `implicit_grant_access_token` -> `implicitGrantAccessTokenLifespan`. */
const members: ReadonlyArray<readonly [LifespanName, LifespanMembers]> = lifespanNames.map((name) => [
  name,
  memberOf(name),
]);

function memberOf(name: LifespanName): LifespanMembers {
  const field = OAuth2ClientSchema.fields.find((candidate) => candidate.name === `${name}_lifespan`);
  if (field === undefined || !isLifespanMember(field.localName))
    throw new Error(`OAuth2Client has no ${name}_lifespan`);
  return field.localName;
}

function isLifespanMember(localName: string): localName is LifespanMembers {
  return localName.endsWith("Lifespan");
}

function lifespanMembers(client: Client): MessageInitShape<typeof OAuth2ClientSchema> {
  const spans: Partial<Record<LifespanMembers, string>> = {};
  for (const [name, member] of members) {
    const seconds = client.lifespans[name];
    if (seconds !== undefined) spans[member] = renderDuration(seconds);
  }
  return spans;
}

/** Of a client, or alone. */
export function toLifespans(
  message: Readonly<Partial<Record<LifespanMembers, string | undefined>>>,
): ClientMetadata["lifespans"] {
  const spans: Partial<Record<LifespanName, number>> = {};
  for (const [name, member] of members) {
    const text = message[member];
    if (text === undefined) continue;
    const seconds = parseDuration(text);
    const field = `${name}_lifespan`;
    if (seconds === undefined) {
      refuse("invalid_request", `The value of '${field}' must be a duration such as 1h0m0s.`, { field });
    }
    spans[name] = seconds;
  }
  return spans;
}
