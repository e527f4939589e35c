/** The flags that describe a client, and what they say of it: every member that can be registered has its flag. */
import { readFileSync } from "node:fs";
import { fromJson } from "@bufbuild/protobuf";
import { type Command, Option } from "commander";
import { type OAuth2Client, OAuth2ClientSchema } from "../gen/tessera/admin/v1/client_pb.js";
import { lifespanNames } from "../protocol/client.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../protocol/json.ts";
import { CommandFailure, reasonOf } from "./failure.ts";

/** The values of the flags that were given, by the names that commander gives them. */
export type ClientFormFlags = Readonly<Record<string, unknown>> & { readonly file?: string };

/** As Hydra: a list may be given by repeating the flag, with commas, or both. */
export const gatherList = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  ...value.split(",").filter((item) => item !== ""),
];

/** `words` is a list that the API has as one text. */
type Kind = "text" | "list" | "words" | "object" | "boolean" | "number";
type Row = readonly [flag: string, member: string, kind: Kind, description: string];

const rows: readonly Row[] = [
  ["name", "client_name", "text", "a name for people"],
  ["secret", "client_secret", "text", "the secret"],
  ["owner", "owner", "text", "who the client belongs to"],
  ["contact", "contacts", "list", "how to reach its people"],
  ["metadata", "metadata", "object", "free data"],
  ["redirect-uri", "redirect_uris", "list", "where browsers may be sent with an answer"],
  ["grant-type", "grant_types", "list", "a grant type (when created: authorization_code)"],
  ["response-type", "response_types", "list", "a response type (when created: code)"],
  ["scope", "scope", "words", "a scope it may ask for"],
  ["audience", "audience", "list", "an audience it may ask for"],
  [
    ...(["token-endpoint-auth-method", "token_endpoint_auth_method", "text"] as const),
    "client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt or none",
  ],
  ["token-endpoint-auth-signing-alg", "token_endpoint_auth_signing_alg", "text", "the algorithm of its assertions"],
  ["jwks-uri", "jwks_uri", "text", "where its public keys are"],
  ["jwks", "jwks", "object", "its public keys, a JWK Set"],
  ["policy-uri", "policy_uri", "text", "its privacy policy"],
  ["tos-uri", "tos_uri", "text", "its terms of service"],
  ["client-uri", "client_uri", "text", "its home page"],
  ["logo-uri", "logo_uri", "text", "its logo"],
  ["allowed-cors-origin", "allowed_cors_origins", "list", "a web origin that may call the public endpoints"],
  ["post-logout-callback", "post_logout_redirect_uris", "list", "where a browser may be sent after logout"],
  ["subject-type", "subject_type", "text", "kind of subject identifier: public or pairwise"],
  ["sector-identifier-uri", "sector_identifier_uri", "text", "the document of its sector"],
  ["request-uri", "request_uris", "list", "a request object it may name"],
  ["request-object-signing-alg", "request_object_signing_alg", "text", "the algorithm of its request objects"],
  ["userinfo-signed-response-alg", "userinfo_signed_response_alg", "text", "the algorithm of its userinfo answers"],
  ["id-token-signed-response-alg", "id_token_signed_response_alg", "text", "the algorithm of its ID tokens"],
  ["application-type", "application_type", "text", "kind of application: web or native"],
  ["initiate-login-uri", "initiate_login_uri", "text", "where a user is sent to sign in at the client"],
  ["default-acr-value", "default_acr_values", "list", "an authentication context that is asked for by default"],
  ["default-max-age", "default_max_age", "number", "seconds after a login until the user signs in again"],
  ["require-auth-time", "require_auth_time", "boolean", "ID tokens tell when the user signed in"],
  ["skip-consent", "skip_consent", "boolean", "its users count as having consented"],
  ["skip-logout-consent", "skip_logout_consent", "boolean", "a logout it asks for needs no confirmation"],
  ["access-token-strategy", "access_token_strategy", "text", "form of its tokens: opaque or jwt"],
  ["backchannel-logout-callback", "backchannel_logout_uri", "text", "the endpoint that is told of a logout"],
  ["backchannel-logout-session-required", "backchannel_logout_session_required", "boolean", "sid is wanted there"],
  ["frontchannel-logout-callback", "frontchannel_logout_uri", "text", "the page that is shown at a logout"],
  ["frontchannel-logout-session-required", "frontchannel_logout_session_required", "boolean", "sid is wanted there"],
];

const placeholders: Readonly<Record<Kind, string>> = {
  ...{ text: "<text>", list: "<text>", words: "<word>", object: "<json>", number: "<number>" },
  boolean: "[true|false]",
};

const fields = rows.map(toField);
const lifespans = lifespanNames.map((name): ReturnType<typeof toField> => {
  const [flag, description] = [`${name.replaceAll("_", "-")}-lifespan`, "a duration such as 1h30m"];
  const field = toField([flag, `${name}_lifespan`, "text", description]);
  return { ...field, option: () => field.option().helpGroup("How long tokens live:") };
});

function toField([flag, member, kind, description]: Row) {
  const option = () => {
    const made = new Option(`--${flag} ${placeholders[kind]}`, description);
    return kind === "text" ? made : made.argParser(parserOf(flag, kind));
  };
  return { member, kind, option, attribute: option().attributeName() };
}

function parserOf(flag: string, kind: Exclude<Kind, "text">) {
  return (text: string, before: unknown): unknown => {
    if (kind === "list" || kind === "words") return gatherList(text, isTexts(before) ? before : []);
    if (kind === "object") return parseObject(flag, text);
    if (kind === "boolean" && (text === "true" || text === "false")) return text === "true";
    if (kind === "number" && /^\d{1,9}$/.test(text)) return Number(text);
    throw new CommandFailure(`--${flag}: expected ${kind === "number" ? "a whole number" : "true or false"}`);
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function parseObject(flag: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Answered below.
  }
  throw new CommandFailure(`--${flag}: expected a JSON object`);
}

export function addClientForm(command: Command): Command {
  command.option(
    "--file <file>",
    "a JSON file of the client, or - for standard input; no other of these flags counts then",
  );
  for (const { option } of [...fields, ...lifespans]) command.addOption(option());
  return command;
}

/** Exactly what the flags say, by the names of the API. */
export function givenMembers(flags: ClientFormFlags): JsonObject {
  const given = [...fields, ...lifespans].flatMap(({ member, kind, attribute }) => {
    const value = flags[attribute];
    return value === undefined ? [] : [[member, toMember(kind, value)] as const];
  });
  return Object.fromEntries(given);
}

function toMember(kind: Kind, value: unknown): JsonValue {
  if (isTexts(value)) return kind === "words" ? value.join(" ") : [...value];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return isJsonObject(value) ? value : null;
}

/** The client to create: what the flags leave open is as Hydra's command has it. */
export function toClient(flags: ClientFormFlags & { readonly id?: string }): OAuth2Client {
  if (flags.file !== undefined) return clientOfFile(flags.file);
  const usual = {
    ...{ grant_types: ["authorization_code"], response_types: ["code"] },
    token_endpoint_auth_method: "client_secret_basic",
  };
  return fromJson(OAuth2ClientSchema, { ...usual, client_id: flags.id ?? "", ...givenMembers(flags) });
}

export function clientOfFile(file: string): OAuth2Client {
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8");
    // As the server: a member that it does not know is ignored.
    return fromJson(OAuth2ClientSchema, JSON.parse(text), { ignoreUnknownFields: true });
  } catch (error) {
    throw new CommandFailure(`--file ${file}: ${reasonOf(error)}`);
  }
}
