/** How access tokens and codes look: a readable prefix and random bits, or a JWT whose `jti` says where it hangs. */
import { digest } from "./digest.ts";

/** The families of opaque values, by the word in their prefix (D40). */
export type OpaqueKind = "ac" | "at" | "dc" | "rg";

/** Both prefixes are ours, whatever the setting says now: tokens outlive settings. */
const opaquePattern = /^(?:tsr|ory)_(ac|at|dc|rg)_[A-Za-z0-9_-]{43}$/;

/** `random`: 256 bits. */
export function opaqueToken(prefix: string, kind: Exclude<OpaqueKind, "at">, random: string): string {
  return `${prefix}_${kind}_${random}`;
}

/**
 * An opaque access token: its expiry, which its holder knows anyway, and 208 random bits. By the expiry tokens that are
 * issued together lie together in the database, which is a third of what it costs to store one; and they go together.
 */
export function opaqueAccessToken(prefix: string, expiresAt: Date, random: string): string {
  return `${prefix}_at_${expiryPart(expiresAt)}${random}`;
}

/** Bytes of randomness in an opaque access token. */
export const accessTokenBytes = 26;

/** 8 characters of base64url that begin the tokens of one millisecond; as bytes they sort by time. */
export function expiryPart(expiresAt: Date): string {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(Math.max(0, Math.min(expiresAt.getTime(), 2 ** 48 - 1)), 0, 6);
  return bytes.toString("base64url");
}

/** What is stored of an opaque access token: its expiry and 208 bits of the SHA-256 of all of it, base64url. */
export function accessTokenDigest(token: string): string {
  const start = token.length - 43;
  return token.slice(start, start + 8) + digest(token).slice(0, 35);
}

/** What a text could be, without asking anybody; undefined for what was never made here. */
export function opaqueKind(text: string): OpaqueKind | undefined {
  const kind = opaquePattern.exec(text)?.[1];
  return kind === "ac" || kind === "at" || kind === "dc" || kind === "rg" ? kind : undefined;
}

export function looksLikeJwt(text: string): boolean {
  return text.length <= 65_536 && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text);
}

/** Where a token hangs: from an authorization or, with null, from its client alone. */
interface Hanging {
  /** 32 hex digits. */
  readonly authorizationId: string | null;
  readonly epoch: number;
  readonly generation: number;
}

const nothing = "0".repeat(32);

/** `jti` of a JWT access token: authorization (or zeros) 16 B, epoch 4 B, generation 4 B, random 8 B; base64url. */
export function composeTokenId({ authorizationId, epoch, generation }: Hanging, random: string): string {
  const bytes = Buffer.alloc(32);
  bytes.write(authorizationId ?? nothing, 0, "hex");
  bytes.writeUInt32BE(epoch, 16);
  bytes.writeUInt32BE(generation, 20);
  bytes.write(random, 24, 8, "base64url");
  return bytes.toString("base64url");
}

export function readTokenId(jti: unknown): Hanging | undefined {
  if (typeof jti !== "string" || !/^[A-Za-z0-9_-]{43}$/.test(jti)) return undefined;
  const bytes = Buffer.from(jti, "base64url");
  const id = bytes.toString("hex", 0, 16);
  return {
    authorizationId: id === nothing ? null : id,
    epoch: bytes.readUInt32BE(16),
    generation: bytes.readUInt32BE(20),
  };
}
