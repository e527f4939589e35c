/** Page tokens: where a list goes on, signed for that list and for an hour, so that no statement meets a text of others. */
import { decodeBase64url } from "./base64url.ts";
import type { Subkeys } from "./subkeys.ts";
import { tags } from "./tags.ts";

const timeLength = 6;
const tagLength = 16;
const lifetimeSeconds = 3600;
const maxLength = 4096;

export interface PageTokens {
  readonly pageToken: (list: string, after: string, now: Date) => string;
  readonly openPageToken: (list: string, token: string, now: Date) => string | undefined;
}

export function pageTokens(keys: Subkeys): PageTokens {
  const tag = tags(keys("page"), tagLength);
  const bound = (list: string, body: Buffer) => Buffer.concat([Buffer.from(`${list}\0`), body]);
  return {
    pageToken(list, after, now) {
      const body = Buffer.alloc(timeLength + Buffer.byteLength(after));
      body.writeUIntBE(Math.floor(now.getTime() / 1000), 0, timeLength);
      body.write(after, timeLength);
      return Buffer.concat([tag.make(bound(list, body)), body]).toString("base64url");
    },
    openPageToken(list, token, now) {
      if (token.length > maxLength) return undefined;
      const bytes = decodeBase64url(token);
      if (bytes === undefined || bytes.length < tagLength + timeLength) return undefined;
      const body = bytes.subarray(tagLength);
      if (!tag.prove(bound(list, body), bytes.subarray(0, tagLength))) return undefined;
      const madeAtSeconds = body.readUIntBE(0, timeLength);
      if (now.getTime() / 1000 - madeAtSeconds > lifetimeSeconds) return undefined;
      return body.toString("utf8", timeLength);
    },
  };
}
