/** Clients are made, read, replaced and deleted (RFC 7591 §2 for what they consist of). */
import type { Ports } from "../../ports/ports.ts";
import { authenticationMethodOf, type Client, type ClientMetadata, signsWithSecret } from "../../protocol/client.ts";
import { fault } from "../../protocol/client-metadata/fault.ts";
import { requireMetadata } from "../../protocol/client-metadata/fields.ts";
import { refuse } from "../../protocol/errors.ts";
import { isCleanText } from "../../protocol/text.ts";
import { prepareClientKeys } from "../keys/algorithm-keys.ts";
import { newRegistration, type Registration } from "./registration-token.ts";
import { requireSubjects } from "./subjects.ts";

export interface Registered {
  readonly client: Client;
  /** In clear, this once; null where none was made or given. */
  readonly secret: string | null;
  /** How the client reads and changes what is registered; null where nothing was made. */
  readonly registration: Registration | null;
}

interface NewClient {
  readonly id: string | null;
  readonly secret: string | null;
  readonly metadata: ClientMetadata;
  readonly now: Date;
}

const smallestSecret = 6;
/** OIDC Core §10.1: 256 bits of key for HS256. */
const smallestSigningSecret = 32;
const largestSecret = 1024;

/** `selfRegistered`: nobody but the client itself has said so. */
export async function createClient(
  { id: wanted, secret, metadata, now, selfRegistered = false }: NewClient & { readonly selfRegistered?: boolean },
  ports: Ports,
): Promise<Registered> {
  const complete = completed(metadata, ports);
  await requireSubjects(complete, null, ports);
  if (wanted !== null) requireClientId(wanted);
  const id = wanted ?? ports.random.uuid();
  const { shown, hashes } = await firstSecret(complete, secret, ports);
  const secretSeal = sealOf({ id, metadata: complete, secret: shown }, ports);
  await prepareClientKeys(complete, now, ports);
  const registration = newRegistration(id, ports);
  const client: Client = {
    ...complete,
    id,
    secretHashes: hashes,
    secretSeal,
    rotatedSeals: [],
    registrationDigest: registration.digest,
    selfRegistered,
    // At random, so that whoever remembers a client is not proven right by one that was made anew under its id.
    revision: ports.random.integer() >>> 1,
    epoch: ports.random.integer(),
    createdAt: now,
    updatedAt: now,
  };
  if (!(await ports.store.clients.create(client))) {
    refuse("already_exists", "A client with this id exists already.", { field: "client_id" });
  }
  ports.events.emit({ type: selfRegistered ? "client_registered" : "client_created", clientId: client.id });
  // As in Hydra: a public client is told of no secret, since none would be asked of it.
  return { client, secret: authenticationMethodOf(complete) === "none" ? null : shown, registration };
}

export async function getClient({ id }: { readonly id: string }, { store }: Ports): Promise<Client> {
  return (await store.clients.find(id)) ?? refuseUnknown();
}

/**
 * Replaces the whole; the secret stays unless another is given, which then is the only one. As in Hydra, a client that an
 * administrator has written no longer changes itself.
 */
export async function replaceClient(
  { id, secret, metadata, now }: NewClient & { readonly id: string },
  ports: Ports,
): Promise<Registered> {
  const complete = completed(metadata, ports);
  const before = await getClient({ id }, ports);
  const after = await replacement(before, { secret, metadata: complete, now }, ports);
  const stored = await ports.store.clients.replace(after, null);
  if (stored === undefined) refuseUnknown();
  ports.events.emit({ type: "client_replaced", clientId: id });
  return { client: stored, secret, registration: null };
}

/** What the client becomes, of metadata that is complete. */
export async function replacement(
  before: Client,
  { secret, metadata, now }: Omit<NewClient, "id">,
  ports: Ports,
): Promise<Client> {
  const { id } = before;
  await requireSubjects(metadata, before, ports);
  const secrets =
    secret === null
      ? { secretHashes: before.secretHashes, ...keptSeals(metadata, before) }
      : {
          secretHashes: [await hashChosen(metadata, secret, ports)],
          secretSeal: sealOf({ id, metadata, secret }, ports),
          rotatedSeals: [],
        };
  await prepareClientKeys(metadata, now, ports);
  return { ...before, ...metadata, ...secrets, registrationDigest: null, selfRegistered: false, updatedAt: now };
}

export async function deleteClient(
  { id, now }: { readonly id: string; readonly now: Date },
  ports: Ports,
): Promise<void> {
  if (!(await ports.store.clients.delete(id, now))) refuseUnknown();
  ports.events.emit({ type: "client_deleted", clientId: id });
}

function refuseUnknown(): never {
  refuse("not_found", "Unable to locate the resource");
}

/** Checked, and with the scope that a client gets which names none: the operator's to say, as in Hydra. */
export function completed(metadata: ClientMetadata, { config }: Ports): ClientMetadata {
  const scope =
    metadata.scope === "" ? config["oidc.dynamic_client_registration.default_scope"].join(" ") : metadata.scope;
  const complete = { ...metadata, scope };
  requireMetadata(complete, config.dev);
  return complete;
}

export async function firstSecret(metadata: ClientMetadata, given: string | null, ports: Ports) {
  const { random, secrets } = ports;
  if (given !== null) return { shown: given, hashes: [await hashChosen(metadata, given, ports)] };
  const method = authenticationMethodOf(metadata);
  // Who proves itself by other means has no secret that could be stolen.
  if (method === "none" || method === "private_key_jwt") return { shown: null, hashes: [] };
  // RFC 7518 §3.2: a key as long as what the hash gives.
  const made = signsWithSecret(metadata) ? random.text(48) : random.clientSecret();
  return { shown: made, hashes: [await secrets.hashSecret(made, "generated")] };
}

/** For a client that signs with its secret. Null where it does not, or there is none. */
export function sealOf(
  { id, metadata, secret }: { readonly id: string; readonly metadata: ClientMetadata; readonly secret: string | null },
  { secrets }: Ports,
): string | null {
  return secret === null || !signsWithSecret(metadata) ? null : secrets.sealClientSecret(id, secret);
}

function keptSeals(metadata: ClientMetadata, before: Client): Pick<Client, "secretSeal" | "rotatedSeals"> {
  if (!signsWithSecret(metadata)) return { secretSeal: null, rotatedSeals: [] };
  if (before.secretSeal !== null) return { secretSeal: before.secretSeal, rotatedSeals: before.rotatedSeals };
  // Of the secret that there is, only a hash is known.
  return fault("client_secret", "must be given for a client that is to sign with it");
}

async function hashChosen(metadata: ClientMetadata, secret: string, { secrets }: Ports): Promise<string> {
  const smallest = signsWithSecret(metadata) ? smallestSigningSecret : smallestSecret;
  if (secret.length < smallest || secret.length > largestSecret || !isCleanText(secret)) {
    refuse("invalid_client_metadata", `Field client_secret must contain ${smallest} to ${largestSecret} characters.`, {
      field: "client_secret",
    });
  }
  return secrets.hashSecret(secret, "chosen");
}

// RFC 6749 App. A.1: visible characters and spaces; bounded, because it is a key. No URL keeps a dot segment (RFC 3986
// §5.2.4), so what a client of that name is asked would be asked of the list.
function requireClientId(id: string): void {
  if (id === "." || id === "..") {
    refuse("invalid_client_metadata", "Field client_id must not be '.' or '..'.", { field: "client_id" });
  }
  if (!/^[\x20-\x7e]{1,255}$/.test(id)) {
    refuse("invalid_client_metadata", "Field client_id must be 1 to 255 printable ASCII characters.", {
      field: "client_id",
    });
  }
}
