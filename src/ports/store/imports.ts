import type { Authorization } from "../../protocol/authorization.ts";

/** A refresh token of another server, by the digest of what that server stored of it. */
export interface ImportedRefreshToken {
  readonly digest: string;
  /** 1: it is good, as the first token of its family; 0: it was used before. */
  readonly generation: 0 | 1;
  /** From then on it is not known any more. */
  readonly expiresAt: Date;
}

/** A permission that was given at another server, with the refresh tokens that hang from it. */
export interface ImportedAuthorization {
  readonly authorization: Authorization;
  /** Null where nothing may be refreshed. */
  readonly family: {
    readonly rotatedAt: Date;
    readonly expiresAt: Date;
    readonly tokens: readonly ImportedRefreshToken[];
  } | null;
}

/** `without client`: its client is not here, so nothing was written. */
export type ImportOutcome = "written" | "present" | "without client";

/** The key under which another server signed its tokens; sealed at rest. */
export interface ImportedKey {
  /** 32 hex digits. */
  readonly id: string;
  readonly key: Uint8Array;
}

export interface ImportStore {
  /**
   * Writes them, each as a whole, and answers in their order. What is there stays, but for a family that nobody has
   * used here yet: its tokens become those that are named.
   */
  keep(imported: readonly ImportedAuthorization[]): Promise<ImportOutcome[]>;
  /** The family and generation that a refresh token of another server stands for. */
  findRefreshToken(
    digest: string,
  ): Promise<{ readonly authorizationId: string; readonly generation: number } | undefined>;
  keepKey(key: ImportedKey): Promise<void>;
  keys(): Promise<ImportedKey[]>;
}
