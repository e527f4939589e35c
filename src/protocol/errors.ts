/** Every refusal this server can speak: one row each, rendered by the adapters and nowhere else. */
const refusals = {
  invalid_request: { http: 400, grpc: "InvalidArgument" }, // RFC 6749 §5.2
  invalid_client: { http: 401, grpc: "Unauthenticated" }, // RFC 6749 §5.2
  invalid_grant: { http: 400, grpc: "FailedPrecondition" }, // RFC 6749 §5.2
  unauthorized_client: { http: 400, grpc: "PermissionDenied" }, // RFC 6749 §5.2
  unsupported_grant_type: { http: 400, grpc: "InvalidArgument" }, // RFC 6749 §5.2
  invalid_scope: { http: 400, grpc: "InvalidArgument" }, // RFC 6749 §5.2
  invalid_target: { http: 400, grpc: "InvalidArgument" }, // RFC 8707 §2
  unsupported_response_type: { http: 400, grpc: "InvalidArgument" }, // RFC 6749 §4.1.2.1
  unsupported_response_mode: { http: 400, grpc: "InvalidArgument" }, // as Hydra names it
  authorization_pending: { http: 400, grpc: "FailedPrecondition" }, // RFC 8628 §3.5
  slow_down: { http: 400, grpc: "FailedPrecondition" }, // RFC 8628 §3.5
  expired_token: { http: 400, grpc: "FailedPrecondition" }, // RFC 8628 §3.5
  access_denied: { http: 403, grpc: "PermissionDenied" }, // RFC 6749 §4.1.2.1
  server_error: { http: 500, grpc: "Internal" }, // RFC 6749 §4.1.2.1
  temporarily_unavailable: { http: 503, grpc: "Unavailable" }, // RFC 6749 §4.1.2.1
  login_required: { http: 400, grpc: "FailedPrecondition" }, // OIDC Core §3.1.2.6
  consent_required: { http: 400, grpc: "FailedPrecondition" }, // OIDC Core §3.1.2.6
  interaction_required: { http: 400, grpc: "FailedPrecondition" }, // OIDC Core §3.1.2.6
  unmet_authentication_requirements: { http: 400, grpc: "FailedPrecondition" }, // OIDC Unmet Authentication Requirements 1.0 §2
  invalid_request_object: { http: 400, grpc: "InvalidArgument" }, // RFC 9101 §7
  invalid_request_uri: { http: 400, grpc: "InvalidArgument" }, // RFC 9101 §7
  registration_not_supported: { http: 400, grpc: "Unimplemented" }, // OIDC Core §3.1.2.6
  invalid_state: { http: 400, grpc: "InvalidArgument" }, // as Hydra: a state of under 8 characters
  insufficient_entropy: { http: 400, grpc: "InvalidArgument" }, // as Hydra: a nonce of under 8 characters
  invalid_token: { http: 401, grpc: "Unauthenticated" }, // RFC 6750 §3.1
  insufficient_scope: { http: 403, grpc: "PermissionDenied" }, // RFC 6750 §3.1
  unsupported_token_type: { http: 400, grpc: "InvalidArgument" }, // RFC 7009 §2.2.1
  invalid_client_metadata: { http: 400, grpc: "InvalidArgument" }, // RFC 7591 §3.2.2
  invalid_software_statement: { http: 400, grpc: "InvalidArgument" }, // RFC 7591 §3.2.2
  invalid_redirect_uri: { http: 400, grpc: "InvalidArgument" }, // RFC 7591 §3.2.2
  request_forbidden: { http: 403, grpc: "PermissionDenied" }, // as Hydra: a verifier without its cookie
  request_unauthorized: { http: 401, grpc: "Unauthenticated" }, // as Hydra: a challenge that has expired
  gone: { http: 410, grpc: "FailedPrecondition" }, // flow API: the step is past, `redirectTo` leads on
  not_found: { http: 404, grpc: "NotFound" }, // admin API
  method_not_allowed: { http: 405, grpc: "Unimplemented" }, // RFC 9110 §15.5.6
  not_acceptable: { http: 406, grpc: "InvalidArgument" }, // RFC 9110 §15.5.7
  already_exists: { http: 409, grpc: "AlreadyExists" }, // admin API
  aborted: { http: 409, grpc: "Aborted" }, // admin API: two writers of one client
  payload_too_large: { http: 413, grpc: "ResourceExhausted" }, // RFC 9110 §15.5.14
  unsupported_media_type: { http: 415, grpc: "InvalidArgument" }, // RFC 9110 §15.5.16
  deadline_exceeded: { http: 504, grpc: "DeadlineExceeded" }, // admin API: the call's own deadline, or the server's
  cursor_expired: { http: 410, grpc: "OutOfRange" }, // admin API: what follows the cursor is not kept any more
  too_slow: { http: 429, grpc: "ResourceExhausted" }, // admin API: events came faster than they were taken
  too_many_requests: { http: 429, grpc: "ResourceExhausted" }, // RFC 6585 §4
} as const;

export type Refusal = keyof typeof refusals;

/** What a refusal may carry besides its words. */
export interface RefusalDetails {
  /** The member or parameter at fault, for gRPC's BadRequest. */
  readonly field?: string;
  /** Where the browser should go instead (`gone`). */
  readonly redirectTo?: string;
  /** Where to go on (`too_slow`). */
  readonly cursor?: string;
  /** What happened underneath; logged, never shown. */
  readonly cause?: unknown;
  /** An `error` value other than the code: a login application's own word for its rejection. */
  readonly spoken?: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
}

/** An answer, not a crash: `code` is for machines, the message for the developer who reads it. */
export class OAuthError extends Error {
  readonly code: Refusal;
  readonly details: RefusalDetails;

  constructor(code: Refusal, message: string, details: RefusalDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "OAuthError";
    this.code = code;
    this.details = details;
  }

  /** `{ http, grpc }`: the HTTP status and the name of the gRPC code. */
  get status() {
    return refusals[this.code];
  }

  /** The value of the `error` member on the wire. */
  get error(): string {
    return this.details.spoken ?? this.code;
  }
}

export function refuse(code: Refusal, message: string, details?: RefusalDetails): never {
  throw new OAuthError(code, message, details);
}

/** The database cannot be reached or does not answer (D35): 503 with `Retry-After`, never a wrong answer. */
export function unavailable(cause: unknown): OAuthError {
  return new OAuthError("temporarily_unavailable", "The server cannot reach its database. Please try again.", {
    cause,
    retryAfterSeconds: 1,
  });
}
