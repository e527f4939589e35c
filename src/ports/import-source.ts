/** Another server's database, as an import reads it: batch by batch, so that no size of it matters. */
import type { ClientMetadata } from "../protocol/client.ts";
import type { JsonObject } from "../protocol/json.ts";
import type { TrustOrder } from "../protocol/trusted-issuer.ts";
import type { ImportedAuthorization } from "./store/imports.ts";

/** In the order in which they are written: what hangs from something comes after it, and a wrong secret shows first. */
export type ImportPart = "keys" | "clients" | "trusted issuers" | "forced subjects" | "refresh tokens" | "consents";

/** What was read, or why it cannot be used; `name` is for people, and never secret. */
export type Read<Thing> = { readonly name: string } & ({ readonly thing: Thing } | { readonly fault: string });

export interface ForeignClient {
  readonly id: string;
  readonly metadata: ClientMetadata;
  /** As they are stored, the newest first. */
  readonly secretHashes: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** What of it does not come along. */
  readonly losses: readonly string[];
}

export interface ForeignKey {
  readonly set: string;
  /** In clear, with its private half where it has one. */
  readonly jwk: JsonObject;
  readonly createdAt: Date;
}

export interface ForeignTrust {
  /** A dashed UUID. */
  readonly id: string;
  readonly createdAt: Date;
  readonly order: TrustOrder;
}

/** Under which identifier a client knows a user. */
export interface KnownSubject {
  readonly clientId: string;
  readonly subject: string;
  readonly presented: string;
}

export interface ForeignConsent {
  /** Null where nothing is remembered. */
  readonly imported: ImportedAuthorization | null;
  readonly known: KnownSubject | null;
}

type Batches<Thing> = AsyncIterable<readonly Read<Thing>[]>;

export interface ImportSource {
  /** How many rows will be looked at. */
  count(part: ImportPart): Promise<number>;
  clients(): Batches<ForeignClient>;
  keys(): Batches<ForeignKey>;
  trustedIssuers(): Batches<ForeignTrust>;
  forcedSubjects(): Batches<KnownSubject>;
  refreshTokens(): Batches<ForeignConsent>;
  consents(): Batches<ForeignConsent>;
  /** Under which its refresh tokens are signed, the present one first. */
  readonly tokenKeys: readonly Uint8Array[];
  close(): Promise<void>;
}
