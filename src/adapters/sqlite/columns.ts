/** How the values of the nouns lie in columns: ids and digests as bytes, instants as milliseconds, the rest as JSON. */
import { expiryPart } from "../../protocol/access-token.ts";

/** 32 hex digits; what is no id becomes bytes that no row has. */
export function idBytes(id: string): Uint8Array {
  return Buffer.from(id.length === 32 ? id : "", "hex");
}

export function idText(bytes: Uint8Array): string {
  return view(bytes).toString("hex");
}

/** A SHA-256 or another 32 bytes as base64url; what is none becomes bytes that no row has. */
export function digestBytes(digest: string): Uint8Array {
  return Buffer.from(digest.length === 43 ? digest : "", "base64url");
}

export function digestText(bytes: Uint8Array): string {
  return view(bytes).toString("base64url");
}

/** Where the digests of the access tokens that expire then begin. */
export function expiryBytes(expiresAt: Date): Uint8Array {
  return Buffer.from(expiryPart(expiresAt), "base64url");
}

/** A dashed UUID. */
export function uuidBytes(uuid: string): Uint8Array {
  return idBytes(uuid.length === 36 ? uuid.replaceAll("-", "") : "");
}

export function uuidText(bytes: Uint8Array): string {
  const hex = idText(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Scopes: names without spaces, written with spaces between them (RFC 6749 §3.3). */
export function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

/** What was written by `JSON.stringify` of the same type: instants in it are still texts. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the writer of the column knows what lies in it
export function fromJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(text) as T;
}

export function nullOr<T, R>(value: T | null, change: (value: T) => R): R | null {
  return value === null ? null : change(value);
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
