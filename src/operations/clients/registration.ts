/** Clients register themselves (RFC 7591, OIDC Registration) and manage what is registered (RFC 7592). */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { authenticationMethodOf, type Client, type ClientMetadata, signsWithSecret } from "../../protocol/client.ts";
import { fault } from "../../protocol/client-metadata/fault.ts";
import { requireMetadata } from "../../protocol/client-metadata/fields.ts";
import { ownMetadata, type SelfRegistrationPolicy } from "../../protocol/client-metadata/self-registration.ts";
import { digest, isSame } from "../../protocol/digest.ts";
import { registrationUrl } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import { prepareClientKeys } from "../keys/algorithm-keys.ts";
import { createClient, firstSecret, type Registered, sealOf } from "./register.ts";
import { newRegistration } from "./registration-token.ts";
import { requireSubjects } from "./subjects.ts";

/** What a client says about itself; null where it says nothing. */
export interface RegistrationDocument {
  readonly metadata: ClientMetadata;
  readonly clientId: string | null;
  readonly secret: string | null;
  readonly softwareStatement: boolean;
}

/** Who asks for a registration: the client's id, and the token that should open it. */
export interface Registrant {
  readonly id: string;
  readonly token: string;
}

interface Replacement extends Registrant {
  readonly document: RegistrationDocument;
  readonly now: Date;
}

/** Two writers of one client seldom meet three times. */
const attempts = 3;
/** What an unknown client's token is compared with. */
const nobodysDigest = digest("");

interface NewRegistrant {
  readonly document: RegistrationDocument;
  /** What the operator has given out, where he lets not everybody register. */
  readonly initialToken: string | null;
  readonly now: Date;
}

/** RFC 7591 §3: the id and the secret are ours to choose, whatever the document says. */
export async function registerClient(
  { document, initialToken, now }: NewRegistrant,
  ports: Ports,
): Promise<Registered> {
  requireInitialToken(initialToken, ports.config);
  requireNoStatement(document);
  if (document.secret !== null) fault("client_secret", "must not be chosen by the client");
  return createClient(
    { id: null, secret: null, metadata: judge(document.metadata, null, ports), now, selfRegistered: true },
    ports,
  );
}

/** RFC 7592 §2.1, §3: the token that was presented is the one that stays. */
export async function readRegistration(registrant: Registrant, ports: Ports): Promise<Registered> {
  const client = await requireRegistrant(registrant, ports);
  const url = registrationUrl(ports.config["urls.self.public"], client.id);
  return { client, secret: null, registration: { token: registrant.token, url } };
}

/** RFC 7592 §2.2: everything a client may say is replaced, and its token with it. */
export async function replaceRegistration(request: Replacement, ports: Ports): Promise<Registered> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const written = await rewrite(await requireRegistrant(request, ports), request, ports);
    if (written === undefined) continue;
    ports.events.emit({ type: "registration_replaced", clientId: written.client.id });
    return written;
  }
  return refuse("aborted", "The client is being changed. Please try again.", { retryAfterSeconds: 1 });
}

/** RFC 7592 §2.3: everything the client was given ends with it. */
export async function deleteRegistration(
  { now, ...registrant }: Registrant & { readonly now: Date },
  ports: Ports,
): Promise<void> {
  const { id } = await requireRegistrant(registrant, ports);
  if (!(await ports.store.clients.delete(id, now))) refuseRegistrant();
  ports.events.emit({ type: "registration_deleted", clientId: id });
}

function requireInitialToken(token: string | null, config: Config): void {
  const good = config["oidc.dynamic_client_registration.initial_access_tokens"];
  // Every one is compared, and by digest: the time tells neither which it was nor how nearly.
  const matching = good.filter((one) => isSame(digest(one), digest(token ?? "")));
  if (good.length > 0 && matching.length === 0) {
    refuse("invalid_token", "To register here, a client needs an initial access token of this server.");
  }
}

/** Undefined when the client has changed since it was read: the token may have, too. */
async function rewrite(before: Client, { document, now }: Replacement, ports: Ports): Promise<Registered | undefined> {
  requireNoStatement(document);
  if (document.clientId !== null && document.clientId !== before.id) fault("client_id", "must be the client's own");
  await requireOwnSecret(before, document.secret, ports);
  const metadata = judge(document.metadata, before, ports);
  await requireSubjects(metadata, before, ports);
  await prepareClientKeys(metadata, now, ports);
  const { shown, hashes } = await ownSecret(before, metadata, ports);
  const registration = newRegistration(before.id, ports);
  const secretSeal = signsWithSecret(metadata)
    ? (sealOf({ id: before.id, metadata, secret: shown }, ports) ?? before.secretSeal)
    : null;
  const rotatedSeals = signsWithSecret(metadata) && shown === null ? before.rotatedSeals : [];
  const written = {
    secretHashes: hashes,
    secretSeal,
    rotatedSeals,
    registrationDigest: registration.digest,
    updatedAt: now,
  };
  const client = await ports.store.clients.replace({ ...before, ...metadata, ...written }, before.revision);
  return client === undefined ? undefined : { client, secret: shown, registration };
}

/** RFC 7592 §5: nobody learns from the refusal whether there is such a client. */
async function requireRegistrant({ id, token }: Registrant, { store }: Ports): Promise<Client> {
  const client = await store.clients.find(id);
  const expected = client?.registrationDigest ?? null;
  const isOpened = isSame(digest(token), expected ?? nobodysDigest);
  return client !== undefined && expected !== null && isOpened ? client : refuseRegistrant();
}

function refuseRegistrant(): never {
  refuse("invalid_token", "The registration access token does not open the registration of this client.");
}

// RFC 7591 §2.3: who vouches for the software decides what it may do, and this server knows nobody who could.
function requireNoStatement({ softwareStatement }: RegistrationDocument): void {
  if (!softwareStatement) return;
  refuse("invalid_software_statement", "This server accepts no software statements. Please register without one.", {
    field: "software_statement",
  });
}

/** RFC 7592 §2.2: the secret may be repeated, and never chosen. */
async function requireOwnSecret(client: Client, secret: string | null, { secrets }: Ports): Promise<void> {
  if (secret === null || (await secrets.isClientSecret(client, secret))) return;
  refuse("request_forbidden", "It is not allowed to choose your own OAuth2 Client secret.", { field: "client_secret" });
}

/** The secret goes with the need for it, and comes with it. */
async function ownSecret(before: Client, metadata: ClientMetadata, ports: Ports) {
  const [needed, had] = [hasSecret(metadata), before.secretHashes.length > 0];
  // Who is to sign with a secret of which only a hash is known gets another.
  const unknown = signsWithSecret(metadata) && before.secretSeal === null;
  if (needed && (!had || unknown)) return firstSecret(metadata, null, ports);
  return { shown: null, hashes: needed ? before.secretHashes : [] };
}

function hasSecret(metadata: ClientMetadata): boolean {
  return authenticationMethodOf(metadata).startsWith("client_secret_");
}

/** OIDC Core §5.4: what is asked for with these is only about the user, who is asked. They count where discovery names them. */
const claimScopes: readonly string[] = ["profile", "email", "address", "phone"];

function strangersScope(config: Config): readonly string[] {
  const advertised = config["webfinger.oidc_discovery.supported_scope"].filter((scope) => claimScopes.includes(scope));
  return [...new Set([...config["oidc.dynamic_client_registration.default_scope"], ...advertised])];
}

function judge(wanted: ClientMetadata, present: ClientMetadata | null, { config }: Ports): ClientMetadata {
  requireMetadata(wanted, config.dev);
  const policy: SelfRegistrationPolicy = {
    scope: strangersScope(config),
    audience: config["oidc.dynamic_client_registration.default_audience"],
    scopeStrategy: config["strategies.scope"],
    dev: config.dev,
  };
  return ownMetadata(wanted, present, policy);
}
