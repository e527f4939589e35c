/** How access tokens and codes look: a readable prefix and 256 random bits, or a JWT whose `jti` says where it hangs. */

/** The families of opaque values, by the word in their prefix (D40). */
export type OpaqueKind = "ac" | "at" | "dc" | "rg";

/** Both prefixes are ours, whatever the setting says now: tokens outlive settings. */
const opaquePattern = /^(?:tsr|ory)_(ac|at|dc|rg)_[A-Za-z0-9_-]{43}$/;

export function opaqueToken(prefix: string, kind: OpaqueKind, random: string): string {
  return `${prefix}_${kind}_${random}`;
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
