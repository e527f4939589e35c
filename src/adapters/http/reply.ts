/** Replies of the kinds the endpoints give. */
import type { HttpReply } from "./message.ts";

type Headers = HttpReply["headers"];

/** An answer of the OAuth endpoints: never stored anywhere (RFC 6749 §5.1), its content type as Hydra writes it. */
export function oauthReply(status: number, value: unknown, headers: Headers = {}): HttpReply {
  return {
    status,
    headers: {
      "content-type": "application/json;charset=UTF-8",
      "cache-control": "no-store",
      pragma: "no-cache",
      ...headers,
    },
    body: JSON.stringify(value),
  };
}

export function jsonReply(status: number, value: unknown, headers: Headers = {}): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

/** RFC 9700 §4.12: 302 or 303 only; 307 would repeat a form with its secrets elsewhere. */
export function redirectReply(status: 302 | 303, location: string, cookies: readonly string[] = []): HttpReply {
  return {
    status,
    headers: {
      location,
      "cache-control": "no-store",
      pragma: "no-cache",
      ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
    },
    body: "",
  };
}
