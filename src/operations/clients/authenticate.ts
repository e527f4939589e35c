/** Who asks? A client proves itself (RFC 6749 §2.3), and the proof holds for the client as it stands now. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { requireClientAssertion, type UsableAssertion } from "../../protocol/assertion.ts";
import { authenticationMethodOf, type Client, emptyClientMetadata } from "../../protocol/client.ts";
import type { Credentials } from "../../protocol/credentials.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { withProvenClient } from "./proven.ts";

export interface Presented {
  /** Where they were presented: an assertion may be made for this endpoint alone (D12). */
  readonly endpoint: "token" | "revocation" | "deviceAuthorization";
  readonly credentials: Credentials;
  readonly now: Date;
}

/** A secret that nobody has, so that an unknown client costs what a wrong secret costs. */
const nobody: Client = {
  ...emptyClientMetadata,
  id: "",
  secretHashes: [],
  secretSeal: null,
  rotatedSeals: [],
  registrationDigest: null,
  selfRegistered: false,
  revision: 0,
  epoch: 0,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/**
 * Authenticates, then runs `use` with the client. The client may be a remembered one: `use` answers "stale" when a write
 * finds that out, and everything is done once more with the client as it stands. A refusal is believed only after it, too.
 */
export async function withClient<T>(
  presented: Presented,
  ports: Ports,
  use: (client: Client) => Promise<T | "stale">,
): Promise<T> {
  const id = claimedClientId(presented.credentials);
  const assertions = usingOnce(ports);
  return withProvenClient(id, ports, async (client) => {
    const proven = await authenticate(client, { ...presented, assertions }, ports);
    return use(proven);
  });
}

interface Attempt extends Presented {
  readonly assertions: UseAssertion;
}

/** False when it was used before, by another request. */
export type UseAssertion = (assertion: UsableAssertion) => Promise<boolean>;

/** The second attempt of one request presents the same assertion again; that is no replay. */
export function usingOnce({ store }: Pick<Ports, "store">): UseAssertion {
  let spent: string | undefined;
  return async ({ digest, expiresAt }) => {
    if (spent === digest) return true;
    const fresh = await store.usedAssertions.use(digest, expiresAt);
    if (fresh) spent = digest;
    return fresh;
  };
}

async function authenticate(client: Client | undefined, presented: Attempt, ports: Ports): Promise<Client> {
  const { credentials } = presented;
  // CAUTH-007: the registered method is the only one that counts.
  const fits = client !== undefined && isRegistered(client, credentials);
  if (client !== undefined && fits && (await isProven(client, presented, ports))) return client;
  if (!fits && "secret" in credentials) await ports.secrets.isClientSecret(nobody, credentials.secret);
  ports.events.emit({ type: "client_authentication_failed", clientId: client?.id ?? null });
  return refuse(
    "invalid_client",
    "Client authentication failed (unknown client, wrong or missing credentials, or unsupported authentication method).",
  );
}

/** An assertion does not say of which kind it is: the registration does. */
function isRegistered(client: Client, { method }: Credentials): boolean {
  const registered = authenticationMethodOf(client);
  return registered === method || (method === "private_key_jwt" && registered === "client_secret_jwt");
}

async function isProven(client: Client, attempt: Attempt, ports: Ports): Promise<boolean> {
  const { credentials } = attempt;
  if (credentials.method === "none") return true;
  if (credentials.method !== "private_key_jwt") return ports.secrets.isClientSecret(client, credentials.secret);
  return isAssertionGood(client, credentials.assertion, attempt, ports);
}

async function isAssertionGood(client: Client, assertion: string, attempt: Attempt, ports: Ports): Promise<boolean> {
  // RFC 8725 §3.1: the algorithm is the one that is registered, whatever the header would like.
  const usual = authenticationMethodOf(client) === "client_secret_jwt" ? "HS256" : "RS256";
  const algorithm = client.tokenEndpointAuthSigningAlg === "" ? usual : client.tokenEndpointAuthSigningAlg;
  const verified = await ports.verifier.clients(client, algorithm, assertion);
  if (verified === undefined) return false;
  const audiences = audiencesOfEndpoint(attempt.endpoint, ports.config);
  const usable = requireClientAssertion(verified.claims, { clientId: client.id, audiences, now: attempt.now });
  // RFC 7523 §3 (7), CVE-2020-5300: an assertion that was used once is worth nothing.
  if (await attempt.assertions(usable)) return true;
  return refuse("invalid_client", "The client assertion was used before.");
}

/** D12: the issuer, or the exact URL of the endpoint that was called, also as discovery names it. */
export function audiencesOfEndpoint(endpoint: Presented["endpoint"], config: Config): readonly string[] {
  const issuer = config["urls.self.issuer"];
  const published = {
    token: config["webfinger.oidc_discovery.token_url"],
    revocation: null,
    deviceAuthorization: config["webfinger.oidc_discovery.device_authorization_url"],
  }[endpoint];
  const urls = [below(config["urls.self.public"], paths[endpoint]), ...(published === null ? [] : [published])];
  return [issuer, issuer.replace(/\/$/, ""), ...urls];
}

/** The client that the credentials name: RFC 7523 §3 allows an assertion to say it alone. */
function claimedClientId(credentials: Credentials): string {
  if (credentials.method !== "private_key_jwt") return credentials.clientId;
  const subject = unverifiedSubject(credentials.assertion);
  if (subject === undefined) refuse("invalid_client", "The client assertion is not a compact JWT with a 'sub' claim.");
  // RFC 7521 §4.2: a client_id that is sent must be the assertion's.
  if (credentials.clientId !== undefined && credentials.clientId !== subject) {
    refuse("invalid_client", "The 'client_id' parameter differs from the client assertion's subject.");
  }
  return subject;
}

function unverifiedSubject(jwt: string): string | undefined {
  const payload = jwt.split(".")[1];
  if (payload === undefined || jwt.length > 16_384) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const subject = isJsonObject(claims) ? claims.sub : undefined;
    return typeof subject === "string" && subject !== "" ? subject : undefined;
  } catch {
    return undefined;
  }
}
