/** Clients: registered applications. */
import type { ClientPage, ClientStore } from "../../ports/store/clients.ts";
import { type Client, emptyClientMetadata } from "../../protocol/client.ts";
import { column, constant, int4, text } from "./arguments.ts";
import { fromJson } from "./cells.ts";
import type { Database } from "./database.ts";
import { factsCell } from "./events.ts";
import { joined } from "./joined.ts";

/** `c` is the alias of the table. */
export const clientColumns = constant(`
  c.id as c_id, c.created_at as c_created_at, c.name as c_name, c.owner as c_owner, c.updated_at as c_updated_at,
  c.revision as c_revision, c.epoch as c_epoch, c.secret_hashes as c_secret_hashes,
  c.registration_digest as c_registration_digest, c.profile as c_profile`);

export interface ClientRow {
  readonly c_id: string;
  readonly c_created_at: Date;
  readonly c_name: string;
  readonly c_owner: string;
  readonly c_updated_at: Date;
  readonly c_revision: number;
  readonly c_epoch: number;
  readonly c_secret_hashes: string;
  readonly c_registration_digest: string | null;
  readonly c_profile: string;
}

export function clients(db: Database): ClientStore {
  const find = joined<string, Client | undefined>(async (ids) => {
    const rows = await db.rows<ClientRow & { n: number }>("clients.find")`
      select q.n::integer as n, ${clientColumns}
      from unnest(${column(ids, text, (id) => id)}::text[]) with ordinality as q (id, n)
      join clients c on c.id = q.id`;
    const answers = new Array<Client | undefined>(ids.length).fill(undefined);
    for (const row of rows) answers[row.n - 1] = toClient(row);
    return answers;
  });

  const isCurrent = joined<{ id: string; revision: number }, boolean>(async (asked) => {
    const rows = await db.rows<{ n: number }>("clients.is_current")`
      select q.n::integer as n
      from unnest(
        ${column(asked, text, (one) => one.id)}::text[],
        ${column(asked, int4, (one) => one.revision)}::integer[]
      ) with ordinality as q (id, revision, n)
      join clients c on c.id = q.id and c.revision = q.revision`;
    const standing = new Set(rows.map((row) => row.n));
    return asked.map((_, index) => standing.has(index + 1));
  });

  return {
    async create(client) {
      const changed = await db.changed("clients.create")`
        with created as (
          insert into clients
            (created_at, id, name, owner, updated_at, revision, epoch, secret_hashes, registration_digest, profile)
          values (
            ${client.createdAt}, ${client.id}, ${client.name}, ${client.owner}, ${client.updatedAt},
            ${client.revision}, ${client.epoch}, ${JSON.stringify(client.secretHashes)}, ${client.registrationDigest},
            ${toProfile(client)}
          )
          on conflict do nothing
          returning id
        )
        insert into events (type, facts)
        select ${client.selfRegistered ? "client_registered" : "client_created"}, ${factsCell({ client_id: client.id })}
        from created`;
      return changed === 1;
    },

    find,
    recall: find,
    isCurrent: (id, revision) => isCurrent({ id, revision }),

    list: async (page) => (await listed(db, page)).map(toClient),

    async replace(client, expected, change = "client_replaced") {
      const row = await db.first<ClientRow>("clients.replace")`
        with replaced as (
          update clients c set
            name = ${client.name}, owner = ${client.owner}, updated_at = ${client.updatedAt}, revision = revision + 1,
            secret_hashes = ${JSON.stringify(client.secretHashes)}, registration_digest = ${client.registrationDigest},
            profile = ${toProfile(client)}
          where id = ${client.id} and (${expected}::integer is null or revision = ${expected}::integer)
          returning ${clientColumns}
        ), told as (
          insert into events (type, facts)
          select ${change}, ${factsCell({ client_id: client.id })} from replaced
        )
        select * from replaced`;
      return row === undefined ? undefined : toClient(row);
    },

    async endAccessTokens(id) {
      const changed = await db.changed("clients.end_access_tokens")`
        with ended as (
          update clients set epoch = epoch % 2147483647 + 1, revision = revision + 1 where id = ${id} returning id
        )
        insert into events (type, facts)
        select 'access_tokens_deleted', ${factsCell({ client_id: id })} from ended`;
      return changed === 1;
    },

    async delete(id, now) {
      const row = await db.aside.first<{ gone: number }>("clients.delete")`
        with gone as (
          delete from clients where id = ${id} returning id
        ), ended as (
          update authorizations a set revoked_at = ${now}, signed_out = false
          from gone where a.client_id = gone.id and (a.revoked_at is null or a.signed_out)
        ), untold as (
          delete from deliveries d using gone where d.client_id = gone.id
        ), told as (
          insert into events (type, facts) select 'client_deleted', ${factsCell({ client_id: id })} from gone
        )
        select count(*)::integer as gone from gone`;
      return row?.gone === 1;
    },
  };
}

function listed(db: Database, { after, limit, name, owner }: ClientPage): Promise<readonly ClientRow[]> {
  const select = db.aside.rows<ClientRow>("clients.list");
  // One statement for each way to narrow the page, so that each may use its index. The empty text is before every id.
  const last = after ?? "";
  if (name === null && owner === null) {
    return select`
      select ${clientColumns} from clients c where id > ${last} order by id limit ${limit}`;
  }
  if (name === null) {
    return select`
      select ${clientColumns} from clients c where owner = ${owner} and id > ${last} order by id limit ${limit}`;
  }
  return select`
    select ${clientColumns} from clients c
    where name = ${name} and (${owner}::text is null or owner = ${owner}::text) and id > ${last}
    order by id limit ${limit}`;
}

export function toClient(row: ClientRow): Client {
  return {
    // What this release knows and an older one did not write has its default.
    ...emptyClientMetadata,
    selfRegistered: false,
    secretSeal: null,
    rotatedSeals: [],
    ...fromJson<Partial<Client>>(row.c_profile),
    id: row.c_id,
    name: row.c_name,
    owner: row.c_owner,
    secretHashes: fromJson<string[]>(row.c_secret_hashes),
    registrationDigest: row.c_registration_digest,
    revision: row.c_revision,
    epoch: row.c_epoch,
    createdAt: row.c_created_at,
    updatedAt: row.c_updated_at,
  };
}

function toProfile(client: Client): string {
  const { id: _id, name: _name, owner: _owner, secretHashes: _secrets, revision: _revision, ...rest } = client;
  const { registrationDigest: _token, epoch: _epoch, createdAt: _created, updatedAt: _updated, ...profile } = rest;
  return JSON.stringify(profile);
}
