/** The stored forms of a client secret: ours, and those of the systems that clients are imported from. */

export type SecretHash =
  | { readonly kind: "sha256"; readonly salt: Buffer; readonly digest: Buffer }
  | { readonly kind: "pbkdf2"; readonly iterations: number; readonly salt: Buffer; readonly digest: Buffer }
  | {
      readonly kind: "argon2i" | "argon2id";
      /** KiB. */
      readonly memory: number;
      readonly passes: number;
      readonly parallelism: number;
      readonly salt: Buffer;
      readonly digest: Buffer;
    }
  | { readonly kind: "bcrypt"; readonly text: string };

export type SlowHash = Exclude<SecretHash, { kind: "sha256" }>;

// ADM-027: whoever brings a hash must not bring hours of work with it. Each bound is about two seconds of one core.
const maxIterations = 2_000_000;
const maxMemory = 262_144;
const maxWork = 1_048_576; // KiB times passes
const maxBcryptCost = 14;
const maxParallelism = 16;

const sha256 = /^\$tsr-sha256\$([\w-]{22})\$([\w-]{43})$/;
const pbkdf2 = /^\$pbkdf2-sha256\$i=(\d{1,9}),l=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const argon2 = /^\$(argon2id?)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Undefined: of no known form, or dearer than this server pays. */
export function parseSecretHash(text: string): SecretHash | undefined {
  if (text.length > 512) return undefined;
  return parseSha256(text) ?? parsePbkdf2(text) ?? parseArgon2(text) ?? parseBcrypt(text);
}

export function printSha256(salt: Buffer, digest: Buffer): string {
  return `$tsr-sha256$${salt.toString("base64url")}$${digest.toString("base64url")}`;
}

/** The PHC string form that every Argon2 library reads. */
export function printArgon2(hash: Extract<SecretHash, { kind: "argon2i" | "argon2id" }>): string {
  const costs = `m=${hash.memory},t=${hash.passes},p=${hash.parallelism}`;
  return `$${hash.kind}$v=19$${costs}$${unpadded(hash.salt)}$${unpadded(hash.digest)}`;
}

function parseSha256(text: string): SecretHash | undefined {
  const [, salt, digest] = sha256.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return undefined;
  return { kind: "sha256", salt: Buffer.from(salt, "base64url"), digest: Buffer.from(digest, "base64url") };
}

/** Hydra's own form: RFC 8018, with iterations, length, salt and hash. */
function parsePbkdf2(text: string): SecretHash | undefined {
  const [, i, l, saltText, digestText] = pbkdf2.exec(text) ?? [];
  if (i === undefined || saltText === undefined || digestText === undefined) return undefined;
  const iterations = Number(i);
  const salt = Buffer.from(saltText, "base64");
  const digest = Buffer.from(digestText, "base64");
  if (iterations < 1 || iterations > maxIterations || digest.length !== Number(l)) return undefined;
  // A longer output costs the iterations again for every 32 bytes.
  if (digest.length < 16 || digest.length > 64) return undefined;
  return { kind: "pbkdf2", iterations, salt, digest };
}

function parseArgon2(text: string): SecretHash | undefined {
  const [, kind, m, t, p, saltText, digestText] = argon2.exec(text) ?? [];
  if (kind === undefined || saltText === undefined || digestText === undefined) return undefined;
  const [memory, passes, parallelism] = [Number(m), Number(t), Number(p)];
  const salt = Buffer.from(saltText, "base64");
  const digest = Buffer.from(digestText, "base64");
  // RFC 9106 §3.1: lower bounds of each.
  if (parallelism < 1 || parallelism > maxParallelism || passes < 1 || memory < 8 * parallelism) return undefined;
  if (memory > maxMemory || memory * passes > maxWork) return undefined;
  if (salt.length < 8 || digest.length < 16 || digest.length > 64) return undefined;
  return { kind: kind === "argon2i" ? "argon2i" : "argon2id", memory, passes, parallelism, salt, digest };
}

function parseBcrypt(text: string): SecretHash | undefined {
  const cost = Number(bcrypt.exec(text)?.[1] ?? Number.NaN);
  return cost >= 4 && cost <= maxBcryptCost ? { kind: "bcrypt", text } : undefined;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
