/** Reads keys from a file: JSON Web Keys, sets of them, PEM, or DER. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { CommandFailure, reasonOf } from "./failure.ts";

/** `-` is standard input. */
export async function readKeyFile(path: string): Promise<JsonObject[]> {
  const bytes = await readBytes(path);
  const keys = fromJson(bytes) ?? fromEncoding(bytes);
  if (keys === undefined || keys.length === 0) {
    throw new CommandFailure(`${path}: expected JSON Web Keys, PEM or DER, and found no key`);
  }
  return keys;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return path === "-" ? await buffer(process.stdin) : await readFile(path);
  } catch (error) {
    throw new CommandFailure(`${path}: ${reasonOf(error)}`);
  }
}

/** RFC 7517 §4 and §5; undefined when it is no JSON object. */
function fromJson(bytes: Buffer): JsonObject[] | undefined {
  try {
    const read: unknown = JSON.parse(bytes.toString("utf8"));
    if (!isJsonObject(read)) return undefined;
    return Array.isArray(read.keys) ? read.keys.filter(isJsonObject) : [read];
  } catch {
    return undefined;
  }
}

/** Every PEM block of the file, or the one key in DER. */
function fromEncoding(bytes: Buffer): JsonObject[] | undefined {
  const blocks = bytes.toString("latin1").match(/-----BEGIN [A-Z0-9 ]+-----[\s\S]+?-----END [A-Z0-9 ]+-----/g);
  if (blocks !== null) return blocks.flatMap((block) => toJwk(pemKey(block)));
  return ["pkcs8", "sec1", "pkcs1", "spki"].flatMap((type) => toJwk(derKey(bytes, type))).slice(0, 1);
}

function pemKey(block: string): KeyObject | undefined {
  return tried(() => (block.includes("PRIVATE KEY") ? createPrivateKey(block) : createPublicKey(block)));
}

function derKey(key: Buffer, type: string): KeyObject | undefined {
  if (type === "spki") return tried(() => createPublicKey({ key, format: "der", type }));
  if (type !== "pkcs8" && type !== "sec1" && type !== "pkcs1") return undefined;
  return tried(() => createPrivateKey({ key, format: "der", type }));
}

function tried(create: () => KeyObject): KeyObject | undefined {
  try {
    return create();
  } catch {
    return undefined;
  }
}

function toJwk(key: KeyObject | undefined): JsonObject[] {
  const jwk: unknown = key?.export({ format: "jwk" });
  return isJsonObject(jwk) ? [jwk] : [];
}
