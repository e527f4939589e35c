/** Refresh tokens: a family, its generation and a tag, so that the family's row needs no digest and none is stored. */
import { decodeBase64url } from "./base64url.ts";
import type { Subkeys } from "./subkeys.ts";
import { tags } from "./tags.ts";

const idLength = 16;
const bodyLength = idLength + 4;

// RFC 6749 §10.10 asks for guesses that succeed with 2^-160 at most: 176 bits, and no spare bit in 56 characters.
const tagLength = 22;
const maxGeneration = 2 ** 32 - 1;

/** Both prefixes are read whatever the setting says, so that it can be changed at any time (D40). */
const knownPrefixes = ["tsr_rt_", "ory_rt_"];

export interface RefreshTokens {
  readonly refreshToken: (authorizationId: string, generation: number) => string;
  readonly openRefreshToken: (
    token: string,
  ) => { readonly authorizationId: string; readonly generation: number } | undefined;
}

/** `tokenPrefix` is the setting `oauth2.token_prefix`: `tsr`, or `ory` for gateways that look for Hydra's. */
export function refreshTokens(keys: Subkeys, tokenPrefix: string): RefreshTokens {
  const tag = tags(keys("refresh"), tagLength);
  const written = `${tokenPrefix}_rt_`;
  const prefixes = [...new Set([written, ...knownPrefixes])];
  return {
    refreshToken(authorizationId, generation) {
      const body = Buffer.alloc(bodyLength);
      if (body.write(authorizationId, "hex") !== idLength) throw new Error("An authorization's id is 32 hex digits.");
      if (generation > maxGeneration) throw new Error("A refresh family has no more generations.");
      body.writeUInt32BE(generation, idLength);
      return written + Buffer.concat([body, tag.make(body)]).toString("base64url");
    },
    openRefreshToken(token) {
      const prefix = prefixes.find((known) => token.startsWith(known));
      if (prefix === undefined || token.length !== prefix.length + ((bodyLength + tagLength) * 4) / 3) return undefined;
      const bytes = decodeBase64url(token.slice(prefix.length));
      if (bytes === undefined) return undefined;
      const body = bytes.subarray(0, bodyLength);
      if (!tag.prove(body, bytes.subarray(bodyLength))) return undefined;
      return { authorizationId: body.toString("hex", 0, idLength), generation: body.readUInt32BE(idLength) };
    },
  };
}
