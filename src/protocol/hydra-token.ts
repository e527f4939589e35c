/** Refresh tokens that Ory Hydra issued: random bytes, and their HMAC under its `secrets.system`. */
import { hmac512of256, isSame } from "./digest.ts";

/** Both parts base64url. */
export interface HydraRefreshToken {
  readonly body: string;
  /** What Hydra stores of the token, in clear: it is worth nothing until it is proven to be of this body. */
  readonly signature: string;
}

/** Older releases of Hydra wrote no prefix. None of our own tokens has the dot, nor the one dot alone a JWT. */
const pattern = /^(?:ory_rt_)?([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/;

export function readHydraRefreshToken(token: string): HydraRefreshToken | undefined {
  const [, body, signature] = pattern.exec(token) ?? [];
  return body === undefined || signature === undefined ? undefined : { body, signature };
}

/** Whether Hydra signed it with one of these keys. */
export function isHydraSigned({ body, signature }: HydraRefreshToken, keys: readonly Uint8Array[]): boolean {
  return keys.some((key) => isSame(hmac512of256(key, Buffer.from(body, "base64url")), signature));
}
