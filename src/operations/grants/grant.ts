/** What a grant type is: how it is earned, and nothing about how its tokens are made. */
import type { Ports } from "../../ports/ports.ts";
import type { UsableAssertion } from "../../protocol/assertion.ts";
import type { Authorization } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { GrantLifespan } from "../../protocol/lifespan.ts";
import type { Parameters } from "../../protocol/parameters.ts";
import type { UseAssertion } from "../clients/authenticate.ts";

export interface TokenRequest {
  readonly client: Client;
  readonly form: Parameters;
  readonly now: Date;
  /** Uses an assertion up, once for this whole request: what is done over for a changed client is no replay. */
  readonly useAssertion: UseAssertion;
  /** Null: nobody is to be asked. */
  readonly askHooks: AskHooks | null;
}

/** What was earned, as web hooks will have it; refuses when they do. */
export type AskHooks = (
  request: Pick<TokenRequest, "client" | "form"> & { readonly earned: Earned },
  grantType: string,
  ports: Ports,
) => Promise<Earned>;

/** What the tokens are to be spent from, in the same step in which they are stored. */
export type Spending =
  | { readonly kind: "nothing" }
  /** Used up just before: what is refused for another reason may be tried again. */
  | { readonly kind: "assertion"; readonly assertion: UsableAssertion }
  | { readonly kind: "device_code"; readonly digest: string }
  | { readonly kind: "code"; readonly digest: string; readonly provenByVerifier: boolean }
  | { readonly kind: "refresh_token"; readonly generation: number; readonly expiresAt: Date }
  /** Nothing is spent: the tokens go beside the unused child of a refresh token, at most so many times. */
  | { readonly kind: "refresh_retry"; readonly generation: number; readonly most: number | null };

/** A value: the right to tokens. No grant signs, mints or stores. */
export interface Earned {
  readonly lifespans: GrantLifespan;
  /** Null when the token hangs from the client alone. */
  readonly authorization: Authorization | null;
  /** Of whom a token without authorization speaks; the client unless it is said. */
  readonly subject?: string;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  /** What a web hook has the access token say; what its authorization says unless it is said. */
  readonly claims?: JsonObject;
  /** Whether a refresh token may be issued, if scope and client allow. */
  readonly refreshable: boolean;
  readonly spends: Spending;
}

export interface Grant {
  /** The `grant_type` it serves. */
  readonly type: string;
  /** Proves it, or refuses. */
  authorize(request: TokenRequest, ports: Ports): Promise<Earned>;
  /** A race was lost: a double submit (refused), a theft (revoked as well), or to be judged once more? */
  lost?(earned: Earned, now: Date, ports: Ports): Promise<"refuse" | "revoke" | "again">;
}
