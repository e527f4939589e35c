/** AES-256-GCM over columns that must not be read from a stolen table: keys, session claims, requests. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Seal } from "../../ports/seal.ts";
import type { RandomBytes } from "./random.ts";
import { recent } from "./recent.ts";
import type { Subkey, Subkeys } from "./subkeys.ts";

/*
 * version 1 B | key id 4 B | nonce 12 B | cipher text | tag 16 B
 *
 * The row's id is part of its key, so no key meets so many nonces that a random one could come twice (NIST SP 800-38D
 * §8.3), and table, column and row are associated data, so that what is moved to another place does not open.
 */
const version = 1;
const idLength = 4;
const nonceLength = 12;
const tagLength = 16;
const headerLength = 1 + idLength + nonceLength;

/** A cell that a flow's next request, or the next question about a token, looks at again. Only short ones are kept. */
const mostOpened = 1000;
const longestOpened = 2048;

export function seal(subkeys: Subkeys, randomBytes: RandomBytes): Seal {
  const keys = subkeys("seal");
  const head = Buffer.concat([Buffer.of(version), keys[0].id]);
  // By place and sealed bytes, so what was altered or moved is never found here. Opening costs 15 us, and memory that only
  // the garbage collector gives back.
  const opened = recent<string>(mostOpened);
  const keep = (place: Buffer, bytes: Buffer, plain: string): void => {
    if (bytes.length <= longestOpened) opened.set(nameOf(place, bytes), plain);
  };
  return {
    seal(table, column, row, plain) {
      const place = toPlace(table, column, row);
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv("aes-256-gcm", rowKey(keys[0].key, place), nonce).setAAD(place);
      const bytes = Buffer.concat([head, nonce, cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
      keep(place, bytes, plain);
      return bytes;
    },
    open(table, column, row, sealed) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < headerLength + tagLength || bytes[0] !== version) {
        throw new Error(`What '${table}.${column}' holds is not sealed text of this program.`);
      }
      const place = toPlace(table, column, row);
      const known = bytes.length <= longestOpened ? opened.get(nameOf(place, bytes)) : undefined;
      if (known !== undefined) return known;
      const key = findKey(keys, bytes.subarray(1, 1 + idLength));
      if (key === undefined) {
        throw new Error(`The secret that sealed '${table}.${column}' is missing from the setting 'secrets.system'.`);
      }
      try {
        const plain = decrypt(key, place, bytes);
        keep(place, bytes, plain);
        return plain;
      } catch (cause) {
        throw new Error(`What '${table}.${column}' holds was altered, or belongs to another row.`, { cause });
      }
    },
  };
}

/** Lengths in front: no two places share their bytes. */
function toPlace(table: string, column: string, row: string): Buffer {
  return Buffer.from(`${table.length}:${table}${column.length}:${column}${row}`);
}

function nameOf(place: Buffer, bytes: Buffer): string {
  return `${place.length}:${place.toString("latin1")}${bytes.toString("latin1")}`;
}

/** As a key object: with the bare bytes Node's ciphers cost 25 us more. */
function rowKey(key: KeyObject, place: Buffer): KeyObject {
  return createSecretKey(createHmac("sha256", key).update(place).digest());
}

function findKey(keys: readonly Subkey[], id: Buffer): KeyObject | undefined {
  return keys.find((candidate) => candidate.id.equals(id))?.key;
}

function decrypt(key: KeyObject, place: Buffer, bytes: Buffer): string {
  const nonce = bytes.subarray(1 + idLength, headerLength);
  const decipher = createDecipheriv("aes-256-gcm", rowKey(key, place), nonce, { authTagLength: tagLength });
  decipher.setAAD(place).setAuthTag(bytes.subarray(-tagLength));
  return decipher.update(bytes.subarray(headerLength, -tagLength), undefined, "utf8") + decipher.final("utf8");
}
