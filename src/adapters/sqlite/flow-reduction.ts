/** Of expired flows only what a restart needs is kept: what users and applications said is forgotten at once. */
import type { Seal } from "../../ports/seal.ts";
import type { Sweep } from "../../ports/store/cleaning.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import { restartSeconds } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import { isReduced, reducedRequest } from "../../protocol/retention.ts";
import { fromJson, idText } from "./columns.ts";
import type { Database } from "./database.ts";
import { sealColumn } from "./flow-rows.ts";

interface Row {
  readonly id: Uint8Array;
  readonly expires_at: number;
  readonly request: Uint8Array;
}

export function flowReduction(db: Database, seal: Seal): Sweep {
  const expired = db.rows<Row>(`
    select id, expires_at, request from flows
    where (expires_at, id) > (?, ?) and expires_at <= ? order by expires_at, id limit ?`);
  const reduce = db.changes(`
    update flows set request = ?, login = null, consent = null, skip_subject = null, skip_authenticated_at = null
    where id = ?`);
  // Up to where this process has been. A new one looks through a day's flows once.
  let last: Pick<Row, "id" | "expires_at"> = { id: Buffer.alloc(16), expires_at: 0 };
  return {
    name: "flows_reduced",
    part: "requests",
    readsSealed: true,
    async step(now, most) {
      const from = after(now, -restartSeconds).getTime();
      const isElsewhere = last.expires_at < from || last.expires_at > now.getTime();
      const place = isElsewhere ? { id: Buffer.alloc(16), expires_at: from } : last;
      const rows = await db.lookup("flows.expired", () => expired(place.expires_at, place.id, now, most));
      const whole = rows.flatMap((row) => {
        const id = idText(row.id);
        const stored = openedOrNot(() => fromJson(seal.open("flows", "request", id, row.request)));
        if (stored === undefined || isReduced(stored)) return [];
        return [{ row, request: sealColumn(seal, "request", id, reducedRequest(stored)) }];
      });
      if (whole.length > 0) {
        await db.write("flows.reduce", () => {
          for (const { row, request } of whole) reduce(request, row.id);
        });
      }
      last = rows.at(-1) ?? place;
      return { rows: whole.length, more: rows.length >= most };
    },
  };
}

/** What no secret opens any more is nobody's to read either, and waits for its day. */
function openedOrNot(open: () => AuthorizationRequest): AuthorizationRequest | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
