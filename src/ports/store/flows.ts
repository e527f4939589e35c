import type { Authorization } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import type { ConsentAnswer, Flow, LoginAnswer } from "../../protocol/flow.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import type { AccessTokenRecord, AuthorizationCode } from "../../protocol/token.ts";

/** What the used login verifier changes besides the flow, in the same step. */
export interface ConsentAsked {
  readonly flowId: string;
  /** The flow's `sessionId` from now on: it is known only now whose session this is. */
  readonly sessionId: string;
  readonly skip: boolean;
  readonly basedOn: string | null;
  /** Written (or written over, by id) when the login was accepted; null leaves the sessions alone. */
  readonly session: LoginSession | null;
  /** Until when the session lasts from now on, if it still stands: one that has ended does not rise again. Or null. */
  readonly extendedUntil: Date | null;
  readonly now: Date;
}

/** What the client gets at the end of a flow: null for each thing it does not get. */
export interface FlowEnd {
  readonly code: AuthorizationCode | null;
  /** What is stored of an access token that the browser carries to the client; null for a JWT too. */
  readonly accessToken: AccessTokenRecord | null;
  /** Digest of the device code that may be redeemed from then on (RFC 8628). */
  readonly deviceCode: string | null;
}

/** Who is told to have answered, and when. */
export interface ConsentAnswered {
  readonly subject: string;
  readonly now: Date;
}

export interface FlowStore {
  /** False when the client's revision is no longer `revision`: nothing is written. */
  begin(flow: Flow, revision: number): Promise<boolean>;
  find(id: string): Promise<{ readonly flow: Flow; readonly client: Client } | undefined>;
  /** `login_asked` or `login_answered` -> `login_answered`, before expiry. The last answer wins. */
  answerLogin(id: string, answer: LoginAnswer, now: Date): Promise<boolean>;
  /** `login_answered` -> `consent_asked`, before expiry. */
  askConsent(asked: ConsentAsked): Promise<boolean>;
  /** `consent_asked` or `consent_answered` -> `consent_answered`, before expiry. The last answer wins. */
  answerConsent(id: string, answer: ConsentAnswer, asked: ConsentAnswered): Promise<boolean>;
  /**
   * `consent_answered` -> `done`, and the authorization and what hangs from it, if the client's revision and the login
   * session still stand, and the device code is still pending. One atomic step.
   */
  finish(id: string, authorization: Authorization, end: FlowEnd, revision: number): Promise<boolean>;
  /** Any of `from` -> `refused`. */
  refuse(id: string, from: readonly Flow["state"][], now: Date): Promise<boolean>;
}
