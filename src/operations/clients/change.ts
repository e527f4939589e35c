/** A client is changed in part. What another writer does meanwhile is not lost: the change is made anew upon it (D51). */
import type { Ports } from "../../ports/ports.ts";
import type { Client, ClientMetadata } from "../../protocol/client.ts";
import { authenticationMethodOf, signsWithSecret } from "../../protocol/client.ts";
import { requireLifespans } from "../../protocol/client-metadata/fields.ts";
import { refuse } from "../../protocol/errors.ts";
import type { ClientChange } from "../../protocol/told-event.ts";
import { completed, firstSecret, getClient, type Registered, replacement, sealOf } from "./register.ts";

interface Request {
  readonly id: string;
  readonly now: Date;
}

/** What a patch makes of a client: everything that is registered, and a secret if it sets one. */
export interface Patched {
  readonly metadata: ClientMetadata;
  readonly secret: string | null;
}

/** Two writers of one client seldom meet three times. */
const attempts = 3;
/** Secrets that still work beside the newest one; as many as Hydra keeps. */
const mostRotated = 5;

/** `patch` is asked anew where another writer came first. The client no longer changes itself, as after a replacement. */
export function patchClient(
  { id, patch, now }: Request & { readonly patch: (client: Client) => Promise<Patched> },
  ports: Ports,
): Promise<Registered> {
  return rewrite(id, ports, {
    change: "client_patched",
    async make(before) {
      const { metadata, secret } = await patch(before);
      const client = await replacement(before, { secret, metadata: completed(metadata, ports), now }, ports);
      return { client, secret };
    },
  });
}

/** All of them: what is not said is the server's again. */
export function setClientLifespans(
  { id, lifespans, now }: Request & Pick<ClientMetadata, "lifespans">,
  ports: Ports,
): Promise<Registered> {
  requireLifespans(lifespans);
  return rewrite(id, ports, {
    change: "client_lifespans_set",
    make: async (before) => ({ client: { ...before, lifespans, updatedAt: now }, secret: null }),
  });
}

/** A new secret, shown this once; those before it work until they are deleted, the oldest of too many ends. */
export function rotateClientSecret({ id, now }: Request, ports: Ports): Promise<Registered> {
  return rewrite(id, ports, {
    change: "client_secret_rotated",
    async make(before) {
      requireSecret(before);
      const { shown, hashes } = await firstSecret(before, null, ports);
      const sealed = before.secretSeal === null ? [] : [before.secretSeal, ...before.rotatedSeals];
      const client = {
        ...before,
        secretHashes: [...hashes, ...before.secretHashes.slice(0, mostRotated)],
        secretSeal: sealOf({ id, metadata: before, secret: shown }, ports),
        rotatedSeals: signsWithSecret(before) ? sealed.slice(0, mostRotated) : [],
        updatedAt: now,
      };
      return { client, secret: shown };
    },
  });
}

/** Only the newest secret works from now on. */
export function deleteRotatedSecrets({ id, now }: Request, ports: Ports): Promise<Registered> {
  return rewrite(id, ports, {
    change: "rotated_secrets_deleted",
    async make(before) {
      requireSecret(before);
      const secretHashes = before.secretHashes.slice(0, 1);
      return { client: { ...before, secretHashes, rotatedSeals: [], updatedAt: now }, secret: null };
    },
  });
}

function requireSecret(client: Client): void {
  const method = authenticationMethodOf(client);
  if (method.startsWith("client_secret_")) return;
  const whose = `The client is configured to use the '${method}' authentication method`;
  refuse("invalid_request", `${whose}, which does not support client secret rotation.`, { field: "client_id" });
}

interface Rewriting {
  readonly change: ClientChange;
  readonly make: (before: Client) => Promise<{ readonly client: Client; readonly secret: string | null }>;
}

async function rewrite(id: string, ports: Ports, { change, make }: Rewriting): Promise<Registered> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const before = await getClient({ id }, ports);
    const { client, secret } = await make(before);
    const stored = await ports.store.clients.replace(client, before.revision, change);
    if (stored === undefined) continue;
    ports.events.emit({ type: change, clientId: id });
    return { client: stored, secret, registration: null };
  }
  return refuse("aborted", "The client is being changed. Please try again.", { retryAfterSeconds: 1 });
}
