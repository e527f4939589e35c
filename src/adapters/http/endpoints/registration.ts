/** `/oauth2/register`: clients that register themselves (RFC 7591 §3) and look after it (RFC 7592 §2). */
import type { Config } from "../../../config/settings.ts";
import type { Registered } from "../../../operations/clients/register.ts";
import type { Registrant, RegistrationDocument } from "../../../operations/clients/registration.ts";
import type { ClientMetadata } from "../../../protocol/client.ts";
import { fault } from "../../../protocol/client-metadata/fault.ts";
import { paths } from "../../../protocol/endpoints.ts";
import { OAuthError, refuse } from "../../../protocol/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../protocol/json.ts";
import { readBearer, requireNoTokenInUrl } from "../bearer.ts";
import { addressBlock, clientAddress } from "../client-address.ts";
import { noTokenReply } from "../errors.ts";
import { readJsonObject } from "../json-body.ts";
import { limit } from "../limits.ts";
import type { Endpoint, HttpReply, HttpRequest, Route } from "../message.ts";
import { oauthReply } from "../reply.ts";

interface At {
  readonly now: Date;
}

export interface RegistrationOperations {
  readonly registerClient: (
    request: At & { readonly document: RegistrationDocument; readonly initialToken: string | null },
  ) => Promise<Registered>;
  readonly readRegistration: (registrant: Registrant) => Promise<Registered>;
  readonly replaceRegistration: (
    request: Registrant & At & { readonly document: RegistrationDocument },
  ) => Promise<Registered>;
  readonly deleteRegistration: (request: Registrant & At) => Promise<void>;
}

/** A client as JSON, in the form the admin API has. */
export interface ClientForm {
  /** Members it does not know are ignored; one of the wrong type is refused by name, with `invalid_request`. */
  readonly read: (document: JsonObject) => ClientMetadata;
  readonly print: (registered: Registered) => JsonObject;
}

export type RegistrationConfig = Pick<
  Config,
  | "oidc.dynamic_client_registration.enabled"
  | "oidc.dynamic_client_registration.rate_limit"
  | "serve.public.trusted_proxies"
>;

export interface RegistrationParts {
  readonly operations: RegistrationOperations;
  readonly form: ClientForm;
  readonly config: RegistrationConfig;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

export function registrationRoutes(parts: RegistrationParts): Route[] {
  const endpoints = parts.config["oidc.dynamic_client_registration.enabled"] ? served(parts) : disabled;
  const own = `${paths.registration}/{id}`;
  return [
    { method: "POST", path: paths.registration, endpoint: endpoints.register },
    { method: "GET", path: own, endpoint: endpoints.read },
    { method: "PUT", path: own, endpoint: endpoints.replace },
    { method: "DELETE", path: own, endpoint: endpoints.remove },
  ];
}

type Endpoints = Readonly<Record<"register" | "read" | "replace" | "remove", Endpoint>>;

const off: Endpoint = () =>
  refuse("not_found", "Dynamic registration is not enabled.", { spoken: "The requested resource could not be found" });
const disabled: Endpoints = { register: off, read: off, replace: off, remove: off };

function served({ operations, form, config, elapsed }: RegistrationParts): Endpoints {
  const addressOf = clientAddress(config["serve.public.trusted_proxies"]);
  const wait = limit({ perMinute: config["oidc.dynamic_client_registration.rate_limit"], elapsed });
  return {
    async register(request) {
      const seconds = wait(addressBlock(addressOf(request)));
      if (seconds > 0) {
        refuse("too_many_requests", "Too many clients were registered from this address. Please try again later.", {
          retryAfterSeconds: seconds,
        });
      }
      requireNoTokenInUrl(request);
      const initialToken = readBearer(request) ?? null;
      const document = readDocument(request, form);
      return toReply(201, await operations.registerClient({ document, initialToken, now: request.now }), form);
    },
    read: opened(async (registrant) => toReply(200, await operations.readRegistration(registrant), form)),
    replace: opened(async (registrant, request) => {
      const document = readDocument(request, form);
      return toReply(200, await operations.replaceRegistration({ ...registrant, document, now: request.now }), form);
    }),
    remove: opened(async (registrant, { now }) => {
      await operations.deleteRegistration({ ...registrant, now });
      return { status: 204, headers: { "cache-control": "no-store", pragma: "no-cache" }, body: "" };
    }),
  };
}

/** RFC 7592 §2: the token comes in the Authorization header, and nowhere else. */
function opened(use: (registrant: Registrant, request: HttpRequest) => Promise<HttpReply>): Endpoint {
  return async (request) => {
    requireNoTokenInUrl(request);
    const token = readBearer(request);
    return token === undefined ? noTokenReply() : use({ id: request.params.id ?? "", token }, request);
  };
}

function readDocument(request: HttpRequest, form: ClientForm): RegistrationDocument {
  const json = readJsonObject(request);
  return {
    metadata: readMetadata(json, form),
    clientId: readText(json, "client_id"),
    secret: readText(json, "client_secret"),
    softwareStatement: (json.software_statement ?? null) !== null,
  };
}

function readMetadata(json: JsonObject, form: ClientForm): ClientMetadata {
  try {
    return form.read(json);
  } catch (error) {
    const field = error instanceof OAuthError ? error.details.field : undefined;
    if (!(error instanceof OAuthError) || field === undefined) throw error;
    // RFC 7591 §3.2.2 has a code of its own for what is wrong with a member.
    const code = field.startsWith("redirect_uris") ? "invalid_redirect_uri" : "invalid_client_metadata";
    return refuse(code, error.message, { field });
  }
}

function readText(json: JsonObject, name: string): string | null {
  const value = json[name] ?? null;
  if (value === null || value === "") return null;
  return typeof value === "string" ? value : fault(name, "must be a string");
}

/** RFC 7591 §3.2.1: everything that is registered; what is not set is not there, and the administrator's data are his. */
function toReply(status: 200 | 201, registered: Registered, form: ClientForm): HttpReply {
  const { metadata: _hidden, ...members } = form.print(registered);
  const client = Object.fromEntries(Object.entries(members).filter(([, value]) => !isUnset(value)));
  const location = registered.registration?.url;
  return oauthReply(status, client, status === 201 && location !== undefined ? { location } : {});
}

/** An empty list is said: that a client has no response types is no default. */
function isUnset(value: JsonValue): boolean {
  return value === null || value === "" || (isJsonObject(value) && Object.keys(value).length === 0);
}
