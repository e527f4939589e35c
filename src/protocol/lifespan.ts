/** How long things live: Go's duration notation, as Hydra's settings and clients write it, and a client's own spans. */
import type { ClientMetadata } from "./client.ts";

const unitSeconds: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

const longestSeconds = 2 ** 63 / 1e9;

/** Seconds of a duration such as `1h30m` or `1.5s`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64 || !/^(?:\d{1,15}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? ""] ?? 0);
  }
  // As in Go a duration is a whole number of nanoseconds that 64 bits hold, so that every one can be written again.
  return seconds > longestSeconds ? undefined : Number(seconds.toFixed(9));
}

/** Go's own rendering: `1h0m0s`, `1m30s`, `1.5s`, `500ms`, `0s`. */
export function renderDuration(seconds: number): string {
  if (seconds === 0) return "0s";
  if (seconds < 1) return renderFraction(seconds);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  // Never with an exponent, which would not be read again.
  const rest = (seconds % 60).toFixed(9).replace(/\.?0+$/, "");
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}

function renderFraction(seconds: number): string {
  const nanoseconds = Math.round(seconds * 1e9);
  if (nanoseconds >= 1e6) return `${nanoseconds / 1e6}ms`;
  return nanoseconds >= 1e3 ? `${nanoseconds / 1e3}µs` : `${nanoseconds}ns`;
}

/** Words by which a client's lifespans call the grants. */
export type GrantLifespan =
  | "authorization_code"
  | "implicit"
  | "refresh_token"
  | "client_credentials"
  | "device_authorization"
  | "jwt_bearer";

/** The client's own span in seconds, or else the server's. */
export function lifespanOf(
  client: ClientMetadata,
  grant: GrantLifespan,
  token: "access" | "id" | "refresh",
): number | undefined {
  const spans: Readonly<Partial<Record<string, number>>> = client.lifespans;
  return spans[`${grant}_grant_${token}_token`];
}

export function after(now: Date, seconds: number): Date {
  // An instant beyond year 9999 is no instant that every database and JSON reader takes.
  return new Date(Math.min(now.getTime() + Math.round(seconds * 1000), 253370764800000));
}

export function earlier(a: Date, b: Date): Date {
  return a.getTime() < b.getTime() ? a : b;
}
