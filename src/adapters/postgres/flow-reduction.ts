/** Of expired flows only what a restart needs is kept: what users and applications said is forgotten at once. */
import type { Seal } from "../../ports/seal.ts";
import type { Sweep } from "../../ports/store/cleaning.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import { restartSeconds } from "../../protocol/flow.ts";
import { after } from "../../protocol/lifespan.ts";
import { isReduced, reducedRequest } from "../../protocol/retention.ts";
import { bytea, column, uuid } from "./arguments.ts";
import { idOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { sealedColumn } from "./sealed.ts";

interface Row {
  readonly id: string;
  readonly expires_at: Date;
  readonly request: Uint8Array;
}

const firstId = "00000000-0000-0000-0000-000000000000";

export function flowReduction(db: Database, seal: Seal): Sweep {
  const request = sealedColumn(seal, "flows", "request");
  // Up to where this process has been. A new one looks through a day's flows once.
  let last = { expires_at: new Date(0), id: firstId };
  return {
    name: "flows_reduced",
    part: "requests",
    readsSealed: true,
    async step(now, most) {
      const from = after(now, -restartSeconds);
      const place = last.expires_at < from || last.expires_at > now ? { expires_at: from, id: firstId } : last;
      const rows = await db.aside.rows<Row>("flows.expired")`
        select id, expires_at, request from flows
        where (expires_at, id) > (${place.expires_at}::timestamptz, ${place.id}::uuid) and expires_at <= ${now}
        order by expires_at, id limit ${most}`;
      const whole = rows.flatMap((row) => {
        const id = idOf(row.id);
        const stored = openedOrNot(() => request.open<AuthorizationRequest>(id, row.request));
        if (stored === undefined || isReduced(stored)) return [];
        return [{ id, request: request.seal(id, reducedRequest(stored)) }];
      });
      if (whole.length > 0) await reduce(db, whole);
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

async function reduce(
  db: Database,
  flows: ReadonlyArray<{ readonly id: string; readonly request: Uint8Array }>,
): Promise<void> {
  await db.aside.run("flows.reduce")`
    update flows w set
      request = q.request, login = null, consent = null, login_skipped_at = null, login_skipped_subject = null
    from unnest(
      ${column(flows, uuid, (flow) => flow.id)}::uuid[], ${column(flows, bytea, (flow) => flow.request)}::bytea[]
    ) as q (id, request)
    where w.id = q.id`;
}
