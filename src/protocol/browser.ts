/** What the authorization endpoint reads from a browser and tells it: cookies and where to go, without HTTP. */
import type { ResponseMode } from "./authorization-request/request.ts";

export interface Browser {
  /** The flows' own cookies: by the suffix of their names, every value that was sent. */
  readonly flowCookies: ReadonlyMap<string, readonly string[]>;
  /** The session cookie's secret; null when absent, or sent with two different values. */
  readonly sessionSecret: string | null;
  /** What clients' frames may compare (OIDC Session Management 1.0); null when absent or sent with two values. */
  readonly state: string | null;
}

export type CookieChange =
  /** A null value expires it. */
  | { readonly cookie: "flow"; readonly suffix: string; readonly value: string | null }
  /** A null value expires it; null seconds make it last as long as the browser is open. */
  | { readonly cookie: "session" | "state"; readonly value: string | null; readonly maxAgeSeconds: number | null };

export type AuthorizeAnswer =
  /** To the login or consent application, or to the request's own URL once more. */
  | { readonly kind: "interact"; readonly location: string; readonly cookies: readonly CookieChange[] }
  /** To the client: the parameters in the way the mode says. */
  | {
      readonly kind: "respond";
      readonly mode: ResponseMode;
      readonly redirectUri: string;
      readonly parameters: ReadonlyArray<readonly [string, string]>;
      readonly cookies: readonly CookieChange[];
    };
