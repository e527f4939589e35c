/** Who is away signing in: a cookie for each sign-in, so that tabs that begin at once do not forget each other's. */
import type { PageRequest } from "./listener.ts";
import type { Departure } from "./relying-party.ts";

const prefix = "tessera_demo_away_";
const attributes = "Path=/; HttpOnly; SameSite=Lax";

const mostDepartures = 8;

// Nonce and verifier, of 32 bytes each as base64url.
const wellFormed = /^([\w-]{43})\.([\w-]{43})$/;

/** What this browser left with under the state that comes back; undefined where it did not, or is back already. */
export function departureOf({ cookies }: PageRequest, state: string): Departure | undefined {
  const [, nonce, verifier] = wellFormed.exec(cookies.get(prefix + state) ?? "") ?? [];
  return nonce === undefined || verifier === undefined ? undefined : { state, nonce, verifier };
}

/** `Set-Cookie` for one more departure. Sign-ins that nobody ends must not fill the header: the oldest are forgotten. */
export function departing({ cookies }: PageRequest, { state, nonce, verifier }: Departure): string[] {
  // RFC 6265 §5.4: those that were made first come first.
  const states = [...cookies.keys()].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return [
    ...states.slice(0, 1 - mostDepartures).map(arriving),
    `${prefix}${state}=${nonce}.${verifier}; ${attributes}`,
  ];
}

/** `Set-Cookie` that ends it. */
export function arriving(state: string): string {
  return `${prefix}${state}=; Max-Age=0; ${attributes}`;
}
