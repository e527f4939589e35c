/** The flags that describe a client, and the client they describe. */
import { readFileSync } from "node:fs";
import { create, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { type Command, Option } from "commander";
import { type OAuth2Client, OAuth2ClientSchema } from "../gen/tessera/admin/v1/client_pb.js";
import { CommandFailure, reasonOf } from "./failure.ts";

export interface ClientFormFlags {
  readonly file?: string;
  readonly id?: string;
  readonly name?: string;
  readonly secret?: string;
  readonly owner?: string;
  readonly contact: readonly string[];
  readonly metadata?: string;
  readonly redirectUri: readonly string[];
  readonly grantType: readonly string[];
  readonly responseType: readonly string[];
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly tokenEndpointAuthMethod?: string;
  readonly jwksUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly clientUri?: string;
  readonly logoUri?: string;
  readonly allowedCorsOrigin: readonly string[];
  readonly postLogoutCallback: readonly string[];
  readonly subjectType?: string;
  readonly sectorIdentifierUri?: string;
  readonly requestUri: readonly string[];
  readonly requestObjectSigningAlg?: string;
  readonly skipConsent?: boolean;
  readonly skipLogoutConsent?: boolean;
  readonly accessTokenStrategy?: string;
  readonly backchannelLogoutCallback?: string;
  readonly backchannelLogoutSessionRequired?: boolean;
  readonly frontchannelLogoutCallback?: string;
  readonly frontchannelLogoutSessionRequired?: boolean;
}

/** As Hydra: a list may be given by repeating the flag, with commas, or both. */
export const gatherList = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...value.split(",").filter((item) => item !== ""),
];

export function addClientForm(command: Command): Command {
  const list = (flags: string, description: string) => command.option(flags, description, gatherList, []);
  const text = (flags: string, description: string) => command.option(flags, description);
  text("--file <file>", "a JSON file of the client, or - for standard input; no other flag counts then");
  text("--id <id>", "the id; made up unless given");
  text("--name <name>", "a name for people");
  text("--secret <secret>", "the secret; made up unless given");
  text("--owner <owner>", "who the client belongs to");
  list("--contact <contact>", "how to reach its people");
  text("--metadata <json>", "free data, a JSON object");
  list("--redirect-uri <uri>", "where browsers may be sent with an answer");
  list("--grant-type <type>", "a grant type (default: authorization_code)");
  list("--response-type <type>", "a response type (default: code)");
  list("--scope <scope>", "a scope it may ask for");
  list("--audience <audience>", "an audience it may ask for");
  text("--token-endpoint-auth-method <method>", "client_secret_basic, client_secret_post, private_key_jwt or none");
  text("--jwks-uri <url>", "where its public keys are");
  text("--policy-uri <url>", "its privacy policy");
  text("--tos-uri <url>", "its terms of service");
  text("--client-uri <url>", "its home page");
  text("--logo-uri <url>", "its logo");
  list("--allowed-cors-origin <origin>", "a web origin that may call the public endpoints");
  list("--post-logout-callback <uri>", "where a browser may be sent after logout");
  command.addOption(new Option("--subject-type <type>", "kind of subject identifier").choices(["public", "pairwise"]));
  text("--sector-identifier-uri <url>", "the document of its sector");
  list("--request-uri <url>", "a request object it may name");
  text("--request-object-signing-alg <algorithm>", "the algorithm of its request objects");
  text("--skip-consent", "its users count as having consented");
  text("--skip-logout-consent", "a logout it asks for needs no confirmation");
  command.addOption(new Option("--access-token-strategy <form>", "form of its tokens").choices(["opaque", "jwt"]));
  text("--backchannel-logout-callback <url>", "the endpoint that is told of a logout");
  text("--backchannel-logout-session-required", "sid is wanted there");
  text("--frontchannel-logout-callback <url>", "the page that is shown at a logout");
  return text("--frontchannel-logout-session-required", "sid is wanted there");
}

export function toClient(flags: ClientFormFlags): OAuth2Client {
  return flags.file === undefined ? fromFlags(flags) : fromFile(flags.file);
}

function fromFile(file: string): OAuth2Client {
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8");
    // As the server: a member that it does not know is ignored.
    return fromJson(OAuth2ClientSchema, JSON.parse(text), { ignoreUnknownFields: true });
  } catch (error) {
    throw new CommandFailure(`--file ${file}: ${reasonOf(error)}`);
  }
}

function fromFlags(flags: ClientFormFlags): OAuth2Client {
  return create(OAuth2ClientSchema, {
    clientId: flags.id ?? "",
    clientName: flags.name ?? "",
    clientSecret: flags.secret ?? "",
    owner: flags.owner ?? "",
    contacts: [...flags.contact],
    ...(flags.metadata === undefined ? {} : { metadata: parseMetadata(flags.metadata) }),
    redirectUris: [...flags.redirectUri],
    grantTypes: orElse(flags.grantType, "authorization_code"),
    responseTypes: orElse(flags.responseType, "code"),
    scope: flags.scope.join(" "),
    audience: [...flags.audience],
    tokenEndpointAuthMethod: flags.tokenEndpointAuthMethod ?? "client_secret_basic",
    jwksUri: flags.jwksUri ?? "",
    policyUri: flags.policyUri ?? "",
    tosUri: flags.tosUri ?? "",
    clientUri: flags.clientUri ?? "",
    logoUri: flags.logoUri ?? "",
    allowedCorsOrigins: [...flags.allowedCorsOrigin],
    postLogoutRedirectUris: [...flags.postLogoutCallback],
    subjectType: flags.subjectType ?? "",
    sectorIdentifierUri: flags.sectorIdentifierUri ?? "",
    requestUris: [...flags.requestUri],
    requestObjectSigningAlg: flags.requestObjectSigningAlg ?? "",
    skipConsent: flags.skipConsent ?? false,
    ...(flags.skipLogoutConsent === true ? { skipLogoutConsent: true } : {}),
    accessTokenStrategy: flags.accessTokenStrategy ?? "",
    backchannelLogoutUri: flags.backchannelLogoutCallback ?? "",
    backchannelLogoutSessionRequired: flags.backchannelLogoutSessionRequired ?? false,
    frontchannelLogoutUri: flags.frontchannelLogoutCallback ?? "",
    frontchannelLogoutSessionRequired: flags.frontchannelLogoutSessionRequired ?? false,
  });
}

const orElse = (given: readonly string[], fallback: string) => (given.length === 0 ? [fallback] : [...given]);

function parseMetadata(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Answered below.
  }
  throw new CommandFailure("--metadata: expected a JSON object");
}

// Whatever JSON.parse makes is JSON.
function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
