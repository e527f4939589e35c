/** What happened: for the audit log, the metrics and the logs. No secret, code or token is ever a member. */
import type { Client } from "../protocol/client.ts";

export type Event =
  | { readonly type: "client_created" | "client_replaced" | "client_deleted"; readonly clientId: Client["id"] }
  | { readonly type: "authorization_requested"; readonly clientId: string; readonly flowId: string }
  | {
      readonly type: "login_accepted" | "login_rejected";
      readonly clientId: string;
      readonly flowId: string;
      readonly subject?: string;
    }
  | { readonly type: "session_started" | "session_ended"; readonly sessionId: string; readonly subject: string }
  | {
      readonly type: "consent_accepted" | "consent_rejected";
      readonly clientId: string;
      readonly flowId: string;
      readonly subject: string;
    }
  | {
      readonly type: "authorization_granted";
      readonly clientId: string;
      readonly authorizationId: string;
      readonly subject: string;
    }
  | { readonly type: "authorization_refused"; readonly clientId: string; readonly error: string }
  | {
      readonly type: "token_issued";
      readonly clientId: string;
      readonly grantType: string;
      readonly format: "opaque" | "jwt";
      readonly authorizationId: string | null;
      readonly refreshToken: boolean;
      readonly idToken: boolean;
    }
  | {
      readonly type: "token_refused";
      readonly clientId: string | null;
      readonly grantType: string | null;
      readonly error: string;
    }
  | { readonly type: "token_introspected"; readonly active: boolean }
  | { readonly type: "token_revoked"; readonly clientId: string; readonly authorizationId: string | null }
  | {
      readonly type: "code_replayed" | "refresh_token_replayed" | "refresh_token_retried";
      readonly clientId: string;
      readonly authorizationId: string;
    }
  | { readonly type: "client_authentication_failed"; readonly clientId: string | null }
  | { readonly type: "key_founded"; readonly set: string; readonly kid: string };

export interface Events {
  emit(event: Event): void;
}
