/** By which names a port on the loopback interface may be called. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { OAuthError } from "../../protocol/errors.ts";
import { isLoopback } from "../../protocol/loopback.ts";

/** Why the request is refused, or undefined. */
export type HostRule = (request: IncomingMessage) => OAuthError | undefined;

export interface Named {
  readonly name: "public" | "admin";
  /** The interface, or `unix:<path>`. */
  readonly host: string;
  /** The URL under which the port is known, where there is one. */
  readonly ownUrl?: string | undefined;
}

/**
 * A web page may point its own domain at 127.0.0.1: then the browser lets it read what a port there answers, and every call
 * of it still bears the page's name (ADM-005, CWE-350). No page owns an address or `localhost`, and the operator vouches
 * for the configured name. A port that listens to the network has names that nobody here knows.
 */
export function hostRule({ name, host, ownUrl }: Named): HostRule {
  if (name !== "admin" || !isLoopback(host)) return () => undefined;
  const ownName = ownUrl === undefined || !URL.canParse(ownUrl) ? undefined : new URL(ownUrl).hostname;
  return ({ headers }) => {
    const sent = [headers.host, headers[":authority"]].filter((value) => value !== undefined);
    return sent.every((value) => isOurs(String(value), ownName)) ? undefined : refusal();
  };
}

function isOurs(authority: string, ownName: string | undefined): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+?)\.?(?::\d*)?$/i.exec(authority)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return name === ownName || isLoopback(name) || isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

const refusal = () =>
  new OAuthError("request_forbidden", "The admin port is not known by this host name; urls.self.admin may name it.");
