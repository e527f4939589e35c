/** Keys to the admin port: made, listed and revoked by whoever administers the server (D23). */
import type { Ports } from "../../ports/ports.ts";
import { type ApiKey, type ApiKeyOrder, apiKeySecret, requireKeyOrder } from "../../protocol/api-key.ts";
import { digest } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { datedPosition, openDatedPosition, type PageRequest, pageOf } from "../../protocol/page.ts";

export interface MadeKey {
  readonly key: ApiKey;
  /** Shown this once: only its digest is kept. */
  readonly secret: string;
}

export async function createApiKey(
  { order, now }: { readonly order: ApiKeyOrder; readonly now: Date },
  { events, random, store }: Pick<Ports, "events" | "random"> & { readonly store: Pick<Ports["store"], "apiKeys"> },
): Promise<MadeKey> {
  const key = { ...requireKeyOrder(order, now), id: random.uuid(), createdAt: now };
  const secret = apiKeySecret(random.text(32));
  await store.apiKeys.create(key, digest(secret));
  events.emit({ type: "api_key_created", keyId: key.id, scopes: key.scopes });
  return { key, secret };
}

export async function deleteApiKey({ id }: { readonly id: string }, { events, store }: Ports): Promise<void> {
  if (!(await store.apiKeys.delete(id))) refuse("not_found", "There is no such key.");
  events.emit({ type: "api_key_deleted", keyId: id });
}

export interface ApiKeyList {
  readonly keys: readonly ApiKey[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

export async function listApiKeys(request: PageRequest, { secrets, store }: Ports): Promise<ApiKeyList> {
  const { rows, nextPageToken } = await pageOf(request, {
    list: ["api keys"],
    tokens: secrets,
    positionOf: datedPosition,
    read: (after, limit) => store.apiKeys.list({ after: openDatedPosition(after), limit }),
  });
  return { keys: rows, nextPageToken };
}
