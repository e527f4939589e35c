/** Events: written with the changes they tell of, read by id. */
import type { EventStore } from "../../ports/store/events.ts";
import { type EventFacts, type StateEvent, toldEvents, trafficType } from "../../protocol/told-event.ts";
import type { Database } from "./database.ts";

interface Row {
  readonly id: number;
  readonly at: number;
  readonly type: string;
  readonly facts: string;
}

/** For the stores that change things: called inside the operation that does it. */
export function eventWriter(db: Database): (type: StateEvent, facts: EventFacts) => void {
  const insert = db.changes("insert into events (type, facts) values (?, ?)");
  return (type, facts) => void insert(type, JSON.stringify(facts));
}

export function events(db: Database): EventStore {
  const last = db.first<{ id: number }>("select id from events order by id desc limit 1");
  const rowsAfter = db.rows<Row>("select id, at, type, facts from events where id > ? order by id limit ?");
  const insert = db.changes("insert into events (type, facts) values (?, ?)");
  const removeOld = db.changes(`
    delete from events where id in (select id from events order by id limit ?) and at < ?
      and id < (select max(id) from events)`);

  return {
    head: () => db.lookup("events.head", () => positionOf(last()?.id ?? 0)),

    after: async (position, limit) => {
      const rows = await db.lookup("events.after", () => rowsAfter(idOf(position), limit));
      const found = rows.flatMap(({ id, at, type, facts }) =>
        toldEvents({ type, facts, at: new Date(at), position: positionOf(id) }),
      );
      return { events: found, position: found.at(-1)?.position ?? position, more: rows.length === limit };
    },

    removeBefore: async (instant, most) => {
      const rows = await db.write("events.clean", () => removeOld(most, instant));
      return { rows, more: rows >= most };
    },

    addTraffic: async (traffic) => {
      const facts = JSON.stringify(traffic);
      await db.write("events.add_traffic", () => insert(trafficType, facts));
    },
  };
}

/** So long that texts compare as the numbers do. */
function positionOf(id: number): string {
  return id.toString(16).padStart(16, "0");
}

/** What somebody made up may be more than any id. */
function idOf(position: string): number {
  return Math.min(Number.parseInt(position, 16), Number.MAX_SAFE_INTEGER);
}
