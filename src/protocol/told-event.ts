/** What a follower of events is told: what happened, to whom, and never a secret, a code, a token or a claim. */

/** Changes of state: each is written by the very step that makes it. */
export const stateEvents = [
  "client_created",
  "client_registered",
  "client_replaced",
  "client_patched",
  "client_lifespans_set",
  "client_secret_rotated",
  "rotated_secrets_deleted",
  "client_deleted",
  "key_founded",
  "key_created",
  "key_rotated",
  "key_written",
  "key_deleted",
  "key_expired",
  "key_set_replaced",
  "key_set_deleted",
  "issuer_trusted",
  "issuer_distrusted",
  "api_key_created",
  "api_key_deleted",
  "login_accepted",
  "login_rejected",
  "session_started",
  "session_ended",
  "consent_accepted",
  "consent_rejected",
  "authorization_granted",
  "consents_revoked",
  "token_revoked",
  "access_tokens_deleted",
  "code_replayed",
  "device_code_replayed",
  "refresh_token_replayed",
  "logout_accepted",
  "logout_rejected",
] as const;

export type StateEvent = (typeof stateEvents)[number];

/** How what is registered about a client was changed. */
export type ClientChange = Extract<
  StateEvent,
  "client_replaced" | "client_patched" | "client_lifespans_set" | "client_secret_rotated" | "rotated_secrets_deleted"
>;

/** Why an authorization ends with all that hangs from it. */
export type RevocationReason = Extract<
  StateEvent,
  "consents_revoked" | "token_revoked" | "code_replayed" | "device_code_replayed" | "refresh_token_replayed"
>;

/** Ids and words of ours, by their wire names; what is not known is not there. */
export interface EventFacts {
  readonly client_id?: string;
  readonly subject?: string;
  readonly session_id?: string;
  readonly authorization_id?: string;
  readonly flow_id?: string;
  readonly logout_id?: string;
  readonly key_set?: string;
  /** Of a key in a set; or of an API key, which is in none. */
  readonly key_id?: string;
  readonly trust_id?: string;
  readonly issuer?: string;
  /** The `jti` of a JWT. */
  readonly token_id?: string;
  readonly grant_type?: string;
  readonly error?: string;
}

export type FactName = keyof EventFacts;

/** What has no place in a row of its own: how often the same happened in one moment. */
export interface TrafficFacts extends EventFacts {
  readonly type: string;
  readonly count: number;
}

export interface ToldEvent {
  readonly type: string;
  readonly at: Date;
  readonly facts: EventFacts;
  /** How often, where it is traffic; 1 for each change of state. */
  readonly count: number;
  /** Where it stands: positions of one database compare as texts do. */
  readonly position: string;
}

/** Traffic rows are of this type; nobody is told of it by that name. */
export const trafficType = "traffic";

/** The events of a stored row: one, or what a moment's traffic was. */
export function toldEvents(row: Omit<ToldEvent, "facts" | "count"> & { readonly facts: string }): ToldEvent[] {
  const { type, at, position } = row;
  const written: unknown = JSON.parse(row.facts);
  if (type !== trafficType || !Array.isArray(written)) {
    return [{ type, at, position, facts: isFacts(written) ? written : {}, count: 1 }];
  }
  return written
    .filter(isTraffic)
    .map(({ type: what, count, ...facts }) => ({ type: what, at, position, facts, count }));
}

/** The stores write nothing else. */
function isFacts(value: unknown): value is EventFacts {
  return typeof value === "object" && value !== null;
}

function isTraffic(value: unknown): value is TrafficFacts {
  return isFacts(value) && "type" in value && "count" in value;
}

/** Which events somebody wants to be told; "" stands for all. */
export interface EventFilter {
  readonly typePrefix: string;
  readonly clientId: string;
  readonly subject: string;
}

export function isWanted({ type, facts }: ToldEvent, { typePrefix, clientId, subject }: EventFilter): boolean {
  return (
    type.startsWith(typePrefix) &&
    (clientId === "" || facts.client_id === clientId) &&
    (subject === "" || facts.subject === subject)
  );
}
