/** Registered clients. */
import type { ClientPage, ClientStore } from "../../ports/store/clients.ts";
import { type Client, emptyClientMetadata } from "../../protocol/client.ts";
import { fromJson } from "./columns.ts";
import type { Database, Value } from "./database.ts";
import { eventWriter } from "./events.ts";

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly secret_hashes: string;
  readonly registration_digest: string | null;
  readonly profile: string;
  readonly epoch: number;
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
}

const columns = "id, name, owner, secret_hashes, registration_digest, profile, epoch, revision, created_at, updated_at";

/** For the stores that answer a client with something of theirs. */
export function clientReader(db: Database): (id: string) => ClientRow | undefined {
  return db.first<ClientRow>(`select ${columns} from clients where id = ?`);
}

/** For the stores that must tell a stale client from a lost race. */
export function currentReader(db: Database): (id: string, revision: number) => boolean {
  const first = db.first("select 1 from clients where id = ? and revision = ?");
  return (id, revision) => first(id, revision) !== undefined;
}

export function clients(db: Database): ClientStore {
  const first = clientReader(db);
  const isCurrent = currentReader(db);
  const insert = db.changes(
    `insert into clients (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const replace = db.first<ClientRow>(`
    update clients set name = ?, owner = ?, secret_hashes = ?, registration_digest = ?, profile = ?, updated_at = ?,
      revision = revision + 1
    where id = ? and revision = coalesce(?, revision)
    returning ${columns}`);
  const endEpoch = db.changes(`
    update clients set epoch = epoch % 2147483647 + 1, revision = revision + 1 where id = ?`);
  const remove = db.changes("delete from clients where id = ?");
  const tell = eventWriter(db);

  const find = async (id: string) => {
    const row = await db.lookup("clients.find", () => first(id));
    return row === undefined ? undefined : toClient(row);
  };

  return {
    create: (client) => {
      const { name, owner, hashes, profile } = toColumns(client);
      const { id, registrationDigest, epoch, revision, createdAt, updatedAt } = client;
      const values = [id, name, owner, hashes, registrationDigest, profile, epoch, revision, createdAt, updatedAt];
      return db.write("clients.create", () => {
        if (insert(...values) === 0) return false;
        tell(client.selfRegistered ? "client_registered" : "client_created", { client_id: id });
        return true;
      });
    },
    find,
    recall: find,
    isCurrent: (id, revision) => db.lookup("clients.is_current", () => isCurrent(id, revision)),
    list: async (page) => {
      const { sql, values } = toListing(page);
      return (await db.lookup("clients.list", () => db.rows<ClientRow>(sql)(...values))).map(toClient);
    },
    replace: async (client, expected, change = "client_replaced") => {
      const { name, owner, hashes, profile } = toColumns(client);
      const { id, registrationDigest, updatedAt } = client;
      const values = [name, owner, hashes, registrationDigest, profile, updatedAt, id, expected];
      const row = await db.write("clients.replace", () => {
        const replaced = replace(...values);
        if (replaced !== undefined) tell(change, { client_id: id });
        return replaced;
      });
      return row === undefined ? undefined : toClient(row);
    },
    endAccessTokens: (id) =>
      db.write("clients.end_access_tokens", () => {
        if (endEpoch(id) === 0) return false;
        tell("access_tokens_deleted", { client_id: id });
        return true;
      }),
    // Flows, authorizations, codes and refresh families go with it by foreign key; access tokens are dead without it.
    delete: (id) =>
      db.write("clients.delete", () => {
        if (remove(id) === 0) return false;
        tell("client_deleted", { client_id: id });
        return true;
      }),
  };
}

export function toClient(row: ClientRow): Client {
  return {
    ...emptyClientMetadata,
    selfRegistered: false,
    secretSeal: null,
    rotatedSeals: [],
    ...fromJson<Partial<Client>>(row.profile),
    id: row.id,
    name: row.name,
    owner: row.owner,
    secretHashes: fromJson<string[]>(row.secret_hashes),
    registrationDigest: row.registration_digest,
    epoch: row.epoch,
    revision: row.revision,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  };
}

function toColumns(client: Client): { name: string; owner: string; hashes: string; profile: string } {
  const { id: _id, epoch: _epoch, revision: _revision, createdAt: _made, updatedAt: _changed, ...registered } = client;
  const { name, owner, secretHashes, registrationDigest: _token, ...profile } = registered;
  return { name, owner, hashes: JSON.stringify(secretHashes), profile: JSON.stringify(profile) };
}

/** One of four statements: with a condition that may be null, no index would be used. */
function toListing({ after, limit, name, owner }: ClientPage): { sql: string; values: Value[] } {
  const conditions = [
    ...(name === null ? [] : ["name = ?"]),
    ...(owner === null ? [] : ["owner = ?"]),
    // Every id is greater than the empty text.
    "id > ?",
  ];
  const sql = `select ${columns} from clients where ${conditions.join(" and ")} order by id limit ?`;
  return { sql, values: [...[name, owner].filter((value) => value !== null), after ?? "", limit] };
}
