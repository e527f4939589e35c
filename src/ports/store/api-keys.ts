import type { ApiKey } from "../../protocol/api-key.ts";

/** How a list is cut: after this key, at most `limit` rows, the oldest first. */
export interface ApiKeyPage {
  readonly after: Pick<ApiKey, "createdAt" | "id"> | null;
  readonly limit: number;
}

export interface ApiKeyStore {
  /** `digest`: SHA-256 of the key, base64url. */
  create(key: ApiKey, digest: string): Promise<void>;
  /** As it stands now, expired or not: a key that was deleted before this is asked is not found by anybody. */
  find(digest: string): Promise<ApiKey | undefined>;
  list(page: ApiKeyPage): Promise<ApiKey[]>;
  /** False when there is none. */
  delete(id: string): Promise<boolean>;
}
