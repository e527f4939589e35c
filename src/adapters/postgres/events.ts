/** Events: written by the statements that change things, read in an order that nothing is inserted into any more. */
import type { EventPage, EventStore } from "../../ports/store/events.ts";
import { type EventFacts, toldEvents, trafficType } from "../../protocol/told-event.ts";
import type { Database } from "./database.ts";

/** The facts of an event as their cell holds them. */
export function factsCell(facts: EventFacts): string {
  return JSON.stringify(facts);
}

interface Row {
  readonly horizon: string;
  /** Null: nothing has come. */
  readonly transaction_id: string | null;
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly facts: string;
}

export const events = (db: Database): EventStore => ({
  async head() {
    const row = await db.aside.first<{ horizon: string }>("events.head")`
      select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`;
    return positionOf(row?.horizon ?? "0", "0");
  },

  async after(position, limit) {
    const [transaction, id] = numbersOf(position);
    // Below the oldest transaction that still runs, nothing is written any more; the horizon is of the same snapshot.
    const rows = await db.aside.rows<Row>("events.after")`
      select h.horizon::text as horizon, e.transaction_id::text as transaction_id, e.id::text as id, e.at, e.type, e.facts
      from (select pg_snapshot_xmin(pg_current_snapshot()) as horizon) h
      left join lateral (
        select transaction_id, id, at, type, facts from events
        where (transaction_id, id) > (${transaction}::text::xid8, ${id}::text::bigint) and transaction_id < h.horizon
        order by transaction_id, id limit ${limit}
      ) e on true
      order by e.transaction_id, e.id`;
    return toPage(rows, position, limit);
  },

  async removeBefore(instant, most) {
    const row = await db.aside.first<{ looked: number; gone: number }>("events.clean")`
      with oldest as materialized (
        select transaction_id, id, at from events order by transaction_id, id limit ${most}
      ), gone as (
        delete from events e using oldest o
        where e.transaction_id = o.transaction_id and e.id = o.id and o.at < ${instant}
        returning 1
      )
      select (select count(*) from oldest)::integer as looked, (select count(*) from gone)::integer as gone`;
    const rows = row?.gone ?? 0;
    return { rows, more: rows > 0 && rows >= most };
  },

  async addTraffic(traffic) {
    await db.aside.run("events.add_traffic")`
      insert into events (type, facts) values (${trafficType}, ${JSON.stringify(traffic)})`;
  },
});

function toPage(rows: readonly Row[], from: string, limit: number): EventPage {
  const told = rows.flatMap((row) => {
    if (row.transaction_id === null) return [];
    const { at, type, facts } = row;
    return toldEvents({ at, type, facts, position: positionOf(row.transaction_id, row.id) });
  });
  const more = rows.length === limit && told.length > 0;
  const last = told.at(-1)?.position ?? from;
  const horizon = positionOf(rows[0]?.horizon ?? "0", "0");
  // A server that was put back from a copy may count from further back: positions never go back.
  return { events: told, more, position: more || horizon < last ? last : horizon };
}

/** Both numbers in hexadecimal, so long that texts compare as the numbers do. */
function positionOf(transaction: string, id: string): string {
  return `${hex(transaction)}${hex(id)}`;
}

function hex(decimal: string): string {
  return BigInt(decimal).toString(16).padStart(16, "0");
}

function numbersOf(position: string): readonly [transaction: string, id: string] {
  const id = BigInt(`0x${position.slice(16)}`);
  return [BigInt(`0x${position.slice(0, 16)}`).toString(), (id > maxId ? maxId : id).toString()];
}

/** Of `bigint`; a cursor that somebody made up may name more. */
const maxId = 2n ** 63n - 1n;
