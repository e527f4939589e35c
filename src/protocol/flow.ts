/** One browser authorization in progress: what was asked, what was answered, and which steps may follow. */
import type { AuthorizationRequest } from "./authorization-request/request.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { after } from "./lifespan.ts";

export const flowStates = [
  "login_asked",
  "login_answered",
  "consent_asked",
  "consent_answered",
  "done",
  "refused",
] as const;

export type FlowState = (typeof flowStates)[number];

/** What the login or consent application said when it refused. */
export interface Rejection {
  readonly error: string;
  readonly errorDescription: string;
  readonly errorHint: string;
  readonly errorDebug: string;
  readonly statusCode: number;
}

export interface AcceptedLogin {
  readonly subject: string;
  readonly remember: boolean;
  /** Seconds; 0 is a browser-session cookie (D15). */
  readonly rememberFor: number;
  readonly extendSessionLifespan: boolean;
  readonly acr: string;
  readonly amr: readonly string[];
  /** Handed to the consent application. */
  readonly context: JsonValue;
  readonly forceSubjectIdentifier: string;
  readonly identityProviderSessionId: string;
  /** When the user proved who they are: the session's time when the login was skipped. */
  readonly authenticatedAt: Date;
}

export interface AcceptedConsent {
  readonly grantedScope: readonly string[];
  readonly grantedAudience: readonly string[];
  readonly accessTokenClaims: JsonObject;
  readonly idTokenClaims: JsonObject;
  readonly remember: boolean;
  /** Seconds; 0 is for ever. */
  readonly rememberFor: number;
  readonly context: JsonValue;
  readonly handledAt: Date;
}

export type LoginAnswer = { readonly accepted: AcceptedLogin } | { readonly rejected: Rejection };
export type ConsentAnswer = { readonly accepted: AcceptedConsent } | { readonly rejected: Rejection };

export interface Flow {
  /** 32 hex digits; also the authorization's id and Hydra's `consent_request_id`. */
  readonly id: string;
  readonly clientId: string;
  readonly state: FlowState;
  /** Digest of the value of the flow's own cookie. */
  readonly cookieDigest: string;
  readonly request: AuthorizationRequest;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  /** Set when the login may be skipped: who the browser is already signed in as. */
  readonly loginSkipped: { readonly subject: string; readonly authenticatedAt: Date } | null;
  /** The `sid` that this flow's login has or will have. */
  readonly sessionId: string;
  readonly login: LoginAnswer | null;
  /** Set when the consent was asked: whether it may be skipped, and the remembered authorization it rests on. */
  readonly consentAsked: { readonly skip: boolean; readonly basedOn: string | null } | null;
  readonly consent: ConsentAnswer | null;
}

/** Seconds beyond its expiry in which a flow can be started anew from its request (D46). */
export const restartSeconds = 24 * 3600;

/** Whether nothing can come of the flow any more, whatever is still stored of it. */
export function isOver(flow: Flow, now: Date): boolean {
  return after(flow.expiresAt, restartSeconds) <= now;
}

/** The handles that lead through a flow : short, derived, not stored. */
export const steps = {
  login_challenge: 1,
  login_verifier: 2,
  consent_challenge: 3,
  consent_verifier: 4,
  device_challenge: 5,
  device_verifier: 6,
  logout_challenge: 7,
  logout_verifier: 8,
  restart: 9,
} as const;

export type Step = keyof typeof steps;

/** States in which the step's answer may still be given or changed. */
export const answerable = {
  login: ["login_asked", "login_answered"],
  consent: ["consent_asked", "consent_answered"],
} as const satisfies Record<string, readonly FlowState[]>;
