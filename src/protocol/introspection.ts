/** What a token is worth, as a resource server is told (RFC 7662 §2.2). */
import type { JsonObject } from "./json.ts";

export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      /** Space-separated. */
      readonly scope: string;
      readonly clientId: string;
      readonly subject: string;
      /** Null for a refresh token that never expires. */
      readonly expiresAt: Date | null;
      readonly issuedAt: Date;
      readonly notBefore: Date;
      readonly audience: readonly string[];
      readonly issuer: string;
      readonly tokenType: "Bearer";
      readonly tokenUse: "access_token" | "refresh_token";
      /** Claims of the consent application or a hook. */
      readonly ext: JsonObject | null;
      /** The pairwise subject the client knows, where it has one (D53). */
      readonly obfuscatedSubject: string | null;
    };
