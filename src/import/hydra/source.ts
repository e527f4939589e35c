/** Hydra's database (2.0 and newer, on PostgreSQL, CockroachDB or SQLite) as the source of an import. */
import type { ImportPart, ImportSource, Read } from "../../ports/import-source.ts";
import type { Row } from "./cells.ts";
import { hydraCipher } from "./cipher.ts";
import { clientSelection, toForeignClient } from "./clients.ts";
import { consentSelection, toForeignConsent } from "./consents.ts";
import { type HydraDatabase, pages, type Selection } from "./database.ts";
import { keySelection, toForeignKey, toForeignTrusts, trustSelection } from "./keys.ts";
import { refreshTokenSelection, toForeignTokens } from "./refresh-tokens.ts";
import { forcedSelection, readPairwiseClients, toForcedSubject } from "./subjects.ts";

export interface HydraOptions {
  readonly dsn: string;
  /** Its `secrets.system`, the present one first. */
  readonly secrets: readonly string[];
  /** Its `oidc.subject_identifiers.pairwise.salt`; null where it is not known. */
  readonly salt: string | null;
  /** The id of the network (tenant); null where there is but one. */
  readonly network: string | null;
  readonly now: Date;
}

const selections: Readonly<Record<ImportPart, Selection>> = {
  clients: clientSelection,
  keys: keySelection,
  "trusted issuers": trustSelection,
  "forced subjects": forcedSelection,
  "refresh tokens": refreshTokenSelection,
  consents: consentSelection,
};

/** Throws when it is no such database, or not to be reached. */
export async function openHydra(options: HydraOptions): Promise<ImportSource> {
  const db = await open(options.dsn);
  try {
    return await source(db, await networkOf(db, options.network), options);
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function open(dsn: string): Promise<HydraDatabase> {
  if (/^mysql:/.test(dsn)) {
    throw new Error("Hydra's data on MySQL cannot be read: move it to PostgreSQL or SQLite first.");
  }
  if (/^(?:postgres(?:ql)?|cockroach):/.test(dsn)) return (await import("./postgres.ts")).openHydraPostgres(dsn);
  return (await import("./sqlite.ts")).openHydraSqlite(dsn);
}

async function networkOf(db: HydraDatabase, wanted: string | null): Promise<string> {
  const networks = await db.networks();
  const [first] = networks;
  if (wanted !== null && networks.includes(wanted)) return wanted;
  if (wanted !== null) throw new Error(`There is no network '${wanted}': there are ${networks.join(", ")}.`);
  if (first === undefined) throw new Error("The database has no network: has Hydra ever run on it?");
  if (networks.length > 1) throw new Error(`Which network? There are ${networks.join(", ")}.`);
  return first;
}

async function source(db: HydraDatabase, network: string, options: HydraOptions): Promise<ImportSource> {
  const { now, salt } = options;
  const cipher = hydraCipher(options.secrets);
  const pairwise = await readPairwiseClients(db, network, salt);
  const place = { db, network };
  async function* batches<Thing>(part: ImportPart, read: (rows: readonly Row[]) => Thing[] | Promise<Thing[]>) {
    for await (const rows of pages(db, network, selections[part])) yield await read(rows);
  }
  return {
    count: (part) => db.count(network, selections[part]),
    clients: () =>
      batches("clients", (rows) => rows.map((row) => named(toForeignClient(row, { now, salt }), ({ id }) => id))),
    keys: () => batches("keys", (rows) => rows.map((row) => toForeignKey(row, cipher, now))),
    trustedIssuers: () => batches("trusted issuers", (rows) => toForeignTrusts(place, rows, { cipher, now })),
    forcedSubjects: () =>
      batches("forced subjects", (rows) =>
        rows.map((row) => named(toForcedSubject(row), ({ clientId, subject }) => `${subject} at ${clientId}`)),
      ),
    refreshTokens: () => batches("refresh tokens", (rows) => toForeignTokens(place, rows, { cipher, pairwise, now })),
    consents: () => batches("consents", (rows) => rows.map((row) => toForeignConsent(row, { pairwise, now }))),
    tokenKeys: cipher.keys,
    close: () => db.close(),
  };
}

function named<Thing>(thing: Thing, nameOf: (thing: Thing) => string): Read<Thing> {
  return { name: nameOf(thing), thing };
}
