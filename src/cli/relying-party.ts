/** What commands that act as a client need: credentials, endpoints and openid-client put together. */
import type { Command } from "commander";
import * as openid from "openid-client";
import { processEnvironment } from "../config/load.ts";
import { type ClientFlags, failedRequest, parseHeaders, requireUrl } from "./connection.ts";
import { CommandFailure, reasonOf } from "./failure.ts";
import { fetchUnverified } from "./unverified-fetch.ts";

export interface CredentialFlags extends ClientFlags {
  readonly clientId?: string;
  readonly clientSecret?: string;
}

export function addCredentialFlags(command: Command): Command {
  return command
    .option("--client-id <id>", "the client (environment: OAUTH2_CLIENT_ID)")
    .option("--client-secret <secret>", "its secret (environment: OAUTH2_CLIENT_SECRET)");
}

/** Configures openid-client for the server whose metadata these are. */
export function configure(metadata: openid.ServerMetadata, flags: CredentialFlags): openid.Configuration {
  const clientId = flags.clientId ?? processEnvironment.OAUTH2_CLIENT_ID ?? "";
  // A secret on the command line can be read in the list of processes: the variable is for more than convenience.
  const secret = flags.clientSecret ?? processEnvironment.OAUTH2_CLIENT_SECRET ?? "";
  if (clientId === "") throw new CommandFailure("--client-id: required (or OAUTH2_CLIENT_ID in the environment)");
  const authentication = secret === "" ? openid.None() : openid.ClientSecretBasic(secret);
  const configuration = new openid.Configuration(metadata, clientId, {}, authentication);
  configuration[openid.customFetch] = fetcher(flags);
  // Servers in development speak http; which URL to trust is the caller's own choice here.
  openid.allowInsecureRequests(configuration);
  return configuration;
}

/** Endpoints below the public URL, for commands that need no discovery. */
export function endpointsOf(flags: ClientFlags): openid.ServerMetadata {
  const base = requireUrl(flags.endpoint);
  return {
    issuer: base,
    token_endpoint: `${base}/oauth2/token`,
    revocation_endpoint: `${base}/oauth2/revoke`,
    device_authorization_endpoint: `${base}/oauth2/device/auth`,
  };
}

/** What the server says of itself. Its issuer may be another URL than the one by which this command reaches it. */
export async function discover(base: string, flags: ClientFlags): Promise<openid.ServerMetadata> {
  const address = `${base}/.well-known/openid-configuration`;
  const answer = await reach(
    fetcher(flags)(address, { method: "GET", headers: {}, body: undefined, redirect: "manual" }),
  );
  const document: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined;
  if (!isMetadata(document))
    throw new CommandFailure(`${address} answers ${answer.status} and is no discovery document.`);
  return document;
}

function isMetadata(document: unknown): document is openid.ServerMetadata {
  return (
    typeof document === "object" && document !== null && "issuer" in document && typeof document.issuer === "string"
  );
}

function fetcher(flags: ClientFlags): openid.CustomFetch {
  const headers = parseHeaders(flags.httpHeader);
  return (url, options) => {
    const all = new Headers(options.headers);
    for (const [name, value] of headers) all.append(name, value);
    if (flags.skipTlsVerify && url.startsWith("https:")) {
      // openid-client sends forms only.
      const body = options.body instanceof URLSearchParams ? options.body.toString() : null;
      return fetchUnverified(url, { method: options.method, headers: all, body });
    }
    return fetch(url, { ...options, headers: all, body: options.body ?? null });
  };
}

/** The answer of a call; an error of the server becomes what Hydra's commands print. */
export async function reach<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof openid.ResponseBodyError || error instanceof openid.AuthorizationResponseError) {
      throw failedRequest({ error: error.error, error_description: error.error_description ?? "" });
    }
    // RFC 6749 §5.2: an answer 401 to a client has the challenge in its header and the reason in its body.
    if (error instanceof openid.WWWAuthenticateChallengeError) throw failedRequest(await bodyOf(error.response));
    throw new CommandFailure(`The server's answer cannot be used: ${reasonOf(error)}`);
  }
}

async function bodyOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === "object" && body !== null ? { ...body } : { error: `HTTP ${response.status}` };
}
