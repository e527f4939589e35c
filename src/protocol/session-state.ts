/** What a client is told of the browser's state, so that it can ask in a frame whether it is the same (OIDC Session Management 1.0). */
import { hexDigest } from "./digest.ts";

/**
 * OIDC Session Management §4.2: bound to the client and to the origin that will ask, so that neither learns what another
 * was told. Undefined for redirect URIs without an origin, from where no page can ask.
 */
export function sessionState(
  clientId: string,
  redirectUri: string,
  { browserState, salt }: { readonly browserState: string; readonly salt: string },
): string | undefined {
  const { origin } = new URL(redirectUri);
  if (origin === "null") return undefined;
  return `${hexDigest(`${clientId} ${origin} ${browserState} ${salt}`)}.${salt}`;
}
