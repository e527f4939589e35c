import type { Authorization } from "../../protocol/authorization.ts";
import type { Client } from "../../protocol/client.ts";
import type { ConsentAnswer, Flow, LoginAnswer } from "../../protocol/flow.ts";
import type { LoginSession } from "../../protocol/login-session.ts";
import type { AuthorizationCode } from "../../protocol/token.ts";

/** What the used login verifier changes besides the flow, in the same step. */
export interface ConsentAsked {
  readonly flowId: string;
  /** The flow's `sessionId` from now on: it is known only now whose session this is. */
  readonly sessionId: string;
  readonly skip: boolean;
  readonly basedOn: string | null;
  /** Written (or written over, by id) when the login was accepted; null leaves the sessions alone. */
  readonly session: LoginSession | null;
  /** The session that this browser had before and that ends now, or null. */
  readonly endedSessionId: string | null;
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
  answerConsent(id: string, answer: ConsentAnswer, now: Date): Promise<boolean>;
  /**
   * `consent_answered` -> `done`, and the authorization and code with it, if the client's revision and the login session
   * still stand. One atomic step.
   */
  finish(id: string, authorization: Authorization, code: AuthorizationCode, revision: number): Promise<boolean>;
  /** Any of `from` -> `refused`. */
  refuse(id: string, from: readonly Flow["state"][], now: Date): Promise<boolean>;
}
