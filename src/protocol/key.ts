/** A key this server signs with. */
import type { JsonObject } from "./json.ts";

export interface SigningKey {
  /** The key set's name (D21). */
  readonly set: string;
  readonly kid: string;
  readonly algorithm: string;
  /** `sig` or `enc`. */
  readonly use: string;
  readonly createdAt: Date;
  readonly publicJwk: JsonObject;
  /** Sealed at rest. */
  readonly privateJwk: JsonObject;
}
