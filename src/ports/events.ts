/** What happened: for the audit log, the metrics and the logs. No secret, code or token is ever a member. */
import type { AdminScope, Asker } from "../protocol/api-key.ts";
import type { Client } from "../protocol/client.ts";

export type Event =
  | { readonly type: "client_created" | "client_replaced" | "client_deleted"; readonly clientId: Client["id"] }
  | {
      readonly type:
        | "client_patched"
        | "client_lifespans_set"
        | "client_secret_rotated"
        | "rotated_secrets_deleted"
        | "access_tokens_deleted";
      readonly clientId: Client["id"];
    }
  /** By the client itself (RFC 7591, RFC 7592). */
  | {
      readonly type: "client_registered" | "registration_replaced" | "registration_deleted";
      readonly clientId: Client["id"];
    }
  | { readonly type: "authorization_requested"; readonly clientId: string; readonly flowId: string }
  | {
      readonly type: "login_accepted" | "login_rejected";
      readonly clientId: string;
      readonly flowId: string;
      readonly subject?: string;
    }
  | { readonly type: "session_started" | "session_ended"; readonly sessionId: string; readonly subject: string }
  | {
      readonly type: "logout_requested" | "logout_accepted" | "logout_rejected";
      readonly clientId: string | null;
      readonly logoutId: string;
      readonly sessionId: string;
    }
  | {
      readonly type: "logout_delivered";
      readonly clientId: string;
      readonly sessionId: string;
      readonly attempts: number;
    }
  | {
      readonly type: "logout_undelivered";
      readonly clientId: string;
      readonly sessionId: string;
      readonly attempts: number;
      /** Why, as far as our side knows. */
      readonly reason: string;
      /** Whether it is given up. */
      readonly isLast: boolean;
    }
  | {
      readonly type: "consents_revoked";
      /** Null: whoever gave the consent that was named. */
      readonly subject: string | null;
      readonly clientId: string | null;
      readonly authorizationId: string | null;
      /** Of whatever was consented to in this session. */
      readonly sessionId?: string;
    }
  | { readonly type: "identity_provider_session_kept"; readonly sessionId: string; readonly reason: string }
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
  | { readonly type: "device_authorization_requested" | "user_code_accepted"; readonly clientId: string }
  | { readonly type: "user_code_refused" }
  | { readonly type: "authorization_refused"; readonly clientId: string; readonly error: string }
  | {
      readonly type: "token_issued";
      readonly clientId: string;
      readonly grantType: string;
      /** Of the access token; null where an ID token came alone. */
      readonly format: "opaque" | "jwt" | null;
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
      readonly type: "code_replayed" | "device_code_replayed" | "refresh_token_replayed" | "refresh_token_retried";
      readonly clientId: string;
      readonly authorizationId: string;
    }
  | { readonly type: "client_authentication_failed"; readonly clientId: string | null }
  | { readonly type: "expired_removed"; readonly kind: string; readonly rows: number }
  | {
      readonly type: "key_founded" | "key_expired" | "key_created" | "key_written" | "key_deleted";
      readonly set: string;
      readonly kid: string;
    }
  | { readonly type: "key_rotated"; readonly set: string; readonly kid: string; readonly follows: string }
  | { readonly type: "key_set_replaced"; readonly set: string; readonly kids: readonly string[] }
  | { readonly type: "key_set_deleted"; readonly set: string }
  | { readonly type: "issuer_trusted"; readonly trustId: string; readonly issuer: string; readonly kid: string }
  | { readonly type: "issuer_distrusted"; readonly trustId: string }
  | { readonly type: "api_key_created"; readonly keyId: string; readonly scopes: readonly AdminScope[] }
  | { readonly type: "api_key_deleted"; readonly keyId: string }
  | {
      /** A call of the admin port by somebody who may not make it. */
      readonly type: "admin_call_refused";
      readonly reason: AdminRefusal;
      /** As far as it is known. */
      readonly caller: Pick<Asker, "kind" | "id"> | null;
      /** The method, where it is known who asks and only not permitted. */
      readonly call: string | null;
      /** Of the request's own line in the log. */
      readonly requestId: string | null;
    }
  /** Private halves were handed out over the admin API. */
  | { readonly type: "private_keys_read"; readonly set: string; readonly kid: string | null };

/** Why a call of the admin port is refused. */
export type AdminRefusal = "no_key" | "unknown_key" | "expired_key" | "untrusted_certificate" | "insufficient_scope";

export interface Events {
  emit(event: Event): void;
}
