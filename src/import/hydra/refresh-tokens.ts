/** Hydra's refresh tokens: signatures of those that are good and of those that were used, in chains of one consent. */
import type { ForeignConsent, Read } from "../../ports/import-source.ts";
import type { ImportedAuthorization, ImportedRefreshToken } from "../../ports/store/imports.ts";
import { type Authorization, foreverAt } from "../../protocol/authorization.ts";
import { digest, hexDigest } from "../../protocol/digest.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import {
  flagOf,
  instantOf,
  joinedOf,
  memberObject,
  memberText,
  parsed,
  type Row,
  textOf,
  toInstant,
  toTexts,
} from "./cells.ts";
import type { HydraCipher } from "./cipher.ts";
import { scopeNames, toAuthorization, toId, toSessionId } from "./consents.ts";
import type { HydraDatabase, Selection } from "./database.ts";
import { knownSubject, type PairwiseClients } from "./subjects.ts";

const table = "hydra_oauth2_refresh";

export const refreshTokenSelection: Selection = { table, key: "signature", where: "active" };

interface Reading {
  readonly cipher: HydraCipher;
  readonly pairwise: PairwiseClients;
  readonly now: Date;
}

interface Place {
  readonly db: HydraDatabase;
  readonly network: string;
}

/** More are no sign of theft that anybody would believe. */
const mostUsed = 50;

export async function toForeignTokens(
  { db, network }: Place,
  rows: readonly Row[],
  reading: Reading,
): Promise<Read<ForeignConsent>[]> {
  const flows = await db.having(
    network,
    { table: "hydra_oauth2_flow", column: "consent_challenge_id" },
    unique(rows.map((row) => textOf(row, "challenge_id"))),
  );
  const flowOf = new Map(flows.map((flow) => [textOf(flow, "consent_challenge_id"), flow]));
  const chains = await readChains({ db, network }, rows);
  const taken = new Set<string>();
  return rows.map((row) => {
    const flow = flowOf.get(textOf(row, "challenge_id"));
    const chain = chains.get(textOf(row, "request_id")) ?? [];
    // Two requests of one consent would have one authorization: the second lives beside it, like a fork.
    const owner = ownerOf(row);
    const isFirst = isNewest(row, chain) && !taken.has(owner);
    if (isFirst) taken.add(owner);
    return toForeignToken(row, { flow, chain, isFirst }, reading);
  });
}

/** By request: every token that came of it, the newest first. */
async function readChains({ db, network }: Place, rows: readonly Row[]): Promise<ReadonlyMap<string, Row[]>> {
  const columns = "signature, request_id, active, requested_at, expires_at";
  const requests = unique(rows.map((row) => textOf(row, "request_id")));
  const chains = new Map<string, Row[]>();
  for (const row of await db.having(network, { table, column: "request_id", columns }, requests)) {
    const chain = chains.get(textOf(row, "request_id")) ?? [];
    chain.push(row);
    chains.set(textOf(row, "request_id"), chain);
  }
  for (const chain of chains.values()) chain.sort(newestFirst);
  return chains;
}

function newestFirst(a: Row, b: Row): number {
  const age = (instantOf(b, "requested_at")?.getTime() ?? 0) - (instantOf(a, "requested_at")?.getTime() ?? 0);
  return age === 0 ? (textOf(a, "signature") < textOf(b, "signature") ? -1 : 1) : age;
}

interface Surroundings {
  readonly flow: Row | undefined;
  readonly chain: readonly Row[];
  /** Whether the consent is this token's own. */
  readonly isFirst: boolean;
}

function toForeignToken(row: Row, { flow, chain, isFirst }: Surroundings, reading: Reading): Read<ForeignConsent> {
  const { cipher, pairwise, now } = reading;
  const [clientId, subject] = [textOf(row, "client_id"), textOf(row, "subject")];
  const name = `${subject} at ${clientId}`;
  const session = openSession(row, cipher);
  if (session === undefined) return { name, fault: "its session cannot be opened" };
  const expiresAt = expiryOf(row, session);
  if (expiresAt <= now) return { name, fault: "it has expired" };
  const claims = memberObject(memberObject(session, "id_token"), "id_token_claims");
  const presented = memberText(claims, "sub");
  const known = knownSubject(pairwise, { clientId, subject, presented });
  const consent = flow === undefined ? undefined : toAuthorization(flow, now);
  const granted = refreshed(row, { session, claims, consent }, now);
  const authorization = isFirst ? granted : aside(granted, row);
  const pairwiseSubject = presented !== "" && presented !== subject ? presented : "";
  const imported: ImportedAuthorization = {
    authorization: { ...authorization, facts: { ...authorization.facts, pairwiseSubject } },
    family: {
      rotatedAt: instantOf(row, "requested_at") ?? now,
      expiresAt,
      tokens: [toToken(row, 1, expiresAt), ...(isFirst ? usedOf(chain, expiresAt, now) : [])],
    },
  };
  return { name, thing: { imported, known } };
}

/** Hydra's grace period lets chains fork; the newest good token has the consent, the others live beside it. */
function isNewest(row: Row, chain: readonly Row[]): boolean {
  const first = chain.find((one) => flagOf(one, "active"));
  return first === undefined || textOf(first, "signature") === textOf(row, "signature");
}

/** The consent's id; of a token without one, that of its request. */
function ownerOf(row: Row): string {
  const challenge = textOf(row, "challenge_id");
  return toId(challenge === "" ? textOf(row, "request_id") : challenge);
}

function aside(granted: Authorization, row: Row): Authorization {
  const id = hexDigest(textOf(row, "signature")).slice(0, 32);
  return { ...granted, id, basedOn: granted.id, skipped: true, rememberUntil: null };
}

interface Sources {
  readonly session: JsonObject;
  readonly claims: JsonObject;
  readonly consent: Authorization | undefined;
}

/** What the token says counts, where it has gone on since the consent: a hook may have changed it. */
function refreshed(row: Row, { session, claims, consent }: Sources, now: Date): Authorization {
  const id = consent?.id ?? ownerOf(row);
  const { sid, ...idTokenClaims } = memberObject(claims, "ext");
  const sessionId = consent?.sessionId ?? toSessionId(typeof sid === "string" ? sid : "", id);
  const base = consent ?? toAuthorization(row, now);
  const nonce = memberText(claims, "nonce");
  const acr = memberText(claims, "acr");
  return {
    ...base,
    id,
    clientId: textOf(row, "client_id"),
    subject: textOf(row, "subject"),
    sessionId: typeof sid === "string" && sid !== "" ? toSessionId(sid, id) : sessionId,
    grantedScope: scopeNames(joinedOf(row, "granted_scope")),
    grantedAudience: joinedOf(row, "granted_audience"),
    // Begun anew: how long a family may live at most is counted from here.
    createdAt: now,
    accessTokenClaims: memberObject(session, "extra"),
    idTokenClaims,
    facts: {
      ...base.facts,
      requestedScope: consent?.facts.requestedScope ?? joinedOf(row, "scope"),
      requestedAudience: consent?.facts.requestedAudience ?? joinedOf(row, "requested_audience"),
      authenticatedAt: toInstant(claims.auth_time) ?? base.facts.authenticatedAt,
      acr: acr === "" ? base.facts.acr : acr,
      amr: Array.isArray(claims.amr) ? toTexts(claims.amr) : base.facts.amr,
      nonce: nonce === "" ? null : nonce,
    },
  };
}

function toToken(row: Row, generation: 0 | 1, expiresAt: Date): ImportedRefreshToken {
  return { digest: digest(textOf(row, "signature")), generation, expiresAt };
}

function usedOf(chain: readonly Row[], familyUntil: Date, now: Date): ImportedRefreshToken[] {
  return chain
    .filter((one) => !flagOf(one, "active"))
    .slice(0, mostUsed)
    .map((one) => toToken(one, 0, instantOf(one, "expires_at") ?? familyUntil))
    .filter(({ expiresAt }) => expiresAt > now);
}

/** Sealed, or in clear where the operator wanted it so. */
function openSession(row: Row, cipher: HydraCipher): JsonObject | undefined {
  const cell = row.session_data;
  const text = typeof cell === "string" ? cell : "";
  const clear = parsed(text);
  const session = isJsonObject(clear) ? clear : parsed(cipher.open(text) ?? "");
  return isJsonObject(session) ? session : undefined;
}

/** The session's word, as in Hydra; a token without one never expires. */
function expiryOf(row: Row, session: JsonObject): Date {
  const times = memberObject(memberObject(session, "id_token"), "expires_at");
  return toInstant(times.refresh_token) ?? instantOf(row, "expires_at") ?? foreverAt;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== "");
}
