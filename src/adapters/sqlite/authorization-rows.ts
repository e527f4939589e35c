/** Authorizations as rows: what the flow's end writes, and what codes, tokens and refresh families hang from. */
import type { Seal } from "../../ports/seal.ts";
import type { Authorization, AuthorizationFacts } from "../../protocol/authorization.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { fromJson, idBytes, idText, nullOr, uuidBytes, uuidText, words } from "./columns.ts";
import type { Database, Value } from "./database.ts";

export interface AuthorizationRow {
  readonly id: Uint8Array;
  readonly client_id: string;
  readonly subject: string;
  readonly session_id: Uint8Array;
  readonly granted_scope: string;
  readonly granted_audience: string;
  readonly created_at: number;
  readonly remember_until: number | null;
  readonly based_on: Uint8Array | null;
  readonly skipped: number;
  readonly expires_at: number;
  readonly token_seconds: number | null;
  readonly facts: string;
  readonly sealed_facts: Uint8Array;
  readonly access_token_claims: Uint8Array | null;
  readonly id_token_claims: Uint8Array | null;
  readonly revoked_at: number | null;
}

type SealedFact = "oidcContext" | "requestUrl" | "context" | "loginContext";
type SealedFacts = Pick<AuthorizationFacts, SealedFact>;
type OpenFacts = Omit<AuthorizationFacts, SealedFact>;

/** A text that is kept sealed. */
type SealedColumn = "sealed_facts" | "access_token_claims" | "id_token_claims";

const insertedColumns = `id, client_id, subject, session_id, granted_scope, granted_audience, created_at, remember_until,
  based_on, skipped, expires_at, facts, sealed_facts, access_token_claims, id_token_claims,
  token_seconds`;

export const authorizationColumns = `${insertedColumns}, revoked_at`;

export function authorizationReader(db: Database): (id: Uint8Array) => AuthorizationRow | undefined {
  return db.first<AuthorizationRow>(`select ${authorizationColumns} from authorizations where id = ?`);
}

export function authorizationWriter(db: Database): (...values: Value[]) => number {
  return db.changes(`
    insert into authorizations (${insertedColumns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
}

/** In the order of the writer's columns; sealing is done here, before a transaction is open. */
export function authorizationValues(authorization: Authorization, seal: Seal): Value[] {
  const { facts } = authorization;
  const { oidcContext, requestUrl, context, loginContext, ...open } = facts satisfies SealedFacts & OpenFacts;
  const sealedFacts: SealedFacts = { oidcContext, requestUrl, context, loginContext };
  return [
    idBytes(authorization.id),
    authorization.clientId,
    authorization.subject,
    uuidBytes(authorization.sessionId),
    authorization.grantedScope.join(" "),
    JSON.stringify(authorization.grantedAudience),
    authorization.createdAt,
    authorization.rememberUntil,
    nullOr(authorization.basedOn, idBytes),
    authorization.skipped,
    authorization.expiresAt,
    JSON.stringify(open),
    seal.seal("authorizations", "sealed_facts", authorization.id, JSON.stringify(sealedFacts)),
    ...claimsValues(authorization, seal),
    authorization.tokenSeconds,
  ];
}

type Claims = Pick<Authorization, "id" | "accessTokenClaims" | "idTokenClaims">;

/** The two cells of claims, in the order of the writer's columns. */
export function claimsValues({ id, accessTokenClaims, idTokenClaims }: Claims, seal: Seal): Value[] {
  // Most authorizations have no claims: nothing is sealed, and later opened, for nothing.
  const sealed = (column: SealedColumn, value: JsonObject) =>
    Object.keys(value).length === 0 ? null : seal.seal("authorizations", column, id, JSON.stringify(value));
  return [sealed("access_token_claims", accessTokenClaims), sealed("id_token_claims", idTokenClaims)];
}

/**
 * The facts are read, and what is sealed is opened, when they are asked for: opening costs more than the lookup, and most
 * requests (introspection, a code's first check, a refused refresh) never look at it.
 */
export function toAuthorization(row: AuthorizationRow, seal: Seal): Authorization {
  const id = idText(row.id);
  const open = (column: SealedColumn, sealed: Uint8Array) => seal.open("authorizations", column, id, sealed);
  const claims = (column: SealedColumn, sealed: Uint8Array | null) =>
    once(() => (sealed === null ? {} : fromJson<JsonObject>(open(column, sealed))));
  const accessTokenClaims = claims("access_token_claims", row.access_token_claims);
  const idTokenClaims = claims("id_token_claims", row.id_token_claims);
  const sealedFacts = once(() => fromJson<SealedFacts>(open("sealed_facts", row.sealed_facts)));
  const facts = once(() => toFacts(row.facts, sealedFacts));
  return {
    id,
    clientId: row.client_id,
    subject: row.subject,
    sessionId: uuidText(row.session_id),
    grantedScope: words(row.granted_scope),
    grantedAudience: fromJson<string[]>(row.granted_audience),
    createdAt: new Date(row.created_at),
    rememberUntil: nullOr(row.remember_until, (at) => new Date(at)),
    basedOn: nullOr(row.based_on, idText),
    skipped: row.skipped === 1,
    expiresAt: new Date(row.expires_at),
    tokenSeconds: row.token_seconds,
    get facts() {
      return facts();
    },
    get accessTokenClaims() {
      return accessTokenClaims();
    },
    get idTokenClaims() {
      return idTokenClaims();
    },
  };
}

function toFacts(text: string, sealed: () => SealedFacts): AuthorizationFacts {
  const open = fromJson<OpenFacts>(text);
  return {
    ...open,
    // Older releases had none.
    pairwiseSubject: open.pairwiseSubject ?? "",
    authenticatedAt: new Date(open.authenticatedAt),
    requestedAt: new Date(open.requestedAt),
    handledAt: new Date(open.handledAt),
    get oidcContext() {
      return sealed().oidcContext;
    },
    get requestUrl() {
      return sealed().requestUrl;
    },
    get context() {
      return sealed().context;
    },
    get loginContext() {
      return sealed().loginContext;
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
