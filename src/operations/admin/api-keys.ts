/** Keys to the admin port: made, listed and revoked by whoever administers the server (D23). */
import type { Ports } from "../../ports/ports.ts";
import { type ApiKey, type ApiKeyOrder, apiKeySecret, requireKeyOrder } from "../../protocol/api-key.ts";
import { digest } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { parseDigits } from "../../protocol/text.ts";

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

export interface ApiKeyListRequest {
  /** 0 for the default. */
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly now: Date;
}

export interface ApiKeyList {
  readonly keys: readonly ApiKey[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

const defaultPageSize = 100;
const largestPageSize = 500;
const list = "api keys";

export async function listApiKeys(request: ApiKeyListRequest, { secrets, store }: Ports): Promise<ApiKeyList> {
  const { pageSize, pageToken, now } = request;
  const limit = Math.min(pageSize === 0 ? defaultPageSize : pageSize, largestPageSize);
  const after = pageToken === "" ? null : openPosition(secrets.openPageToken(list, pageToken, now));
  // One more than asked for tells whether there is a next page.
  const rows = await store.apiKeys.list({ after, limit: limit + 1 });
  const keys = rows.slice(0, limit);
  const last = rows.length > limit ? keys.at(-1) : undefined;
  return { keys, nextPageToken: last === undefined ? "" : secrets.pageToken(list, position(last), now) };
}

function position({ createdAt, id }: ApiKey): string {
  return `${createdAt.getTime()}.${id}`;
}

function openPosition(text: string | undefined): Pick<ApiKey, "createdAt" | "id"> {
  const [time = "", id = ""] = text?.split(".") ?? [];
  const milliseconds = parseDigits(time);
  if (milliseconds === undefined) {
    refuse("invalid_request", "The page token is not valid for this list.", { field: "page_token" });
  }
  return { createdAt: new Date(milliseconds), id };
}
