/** Traffic: what many requests did in one moment becomes one row. Who is not quick enough to be told of it is not told. */
import type { Event } from "../../ports/events.ts";
import type { EventStore } from "../../ports/store/events.ts";
import type { EventFacts, FactName, TrafficFacts } from "../../protocol/told-event.ts";

const momentMs = 100;
/** Of different kinds in one moment; what is more is lost. */
const mostKinds = 1000;

const names: ReadonlyArray<readonly [member: string, fact: FactName]> = [
  ["clientId", "client_id"],
  ["subject", "subject"],
  ["sessionId", "session_id"],
  ["authorizationId", "authorization_id"],
  ["flowId", "flow_id"],
  ["logoutId", "logout_id"],
  ["set", "key_set"],
  ["kid", "key_id"],
  ["grantType", "grant_type"],
  ["error", "error"],
];

export interface TrafficTeller {
  note(event: Event): void;
}

export function trafficTeller(store: EventStore, onWritten: () => void): TrafficTeller {
  let kinds = new Map<string, { readonly type: string; readonly facts: EventFacts; count: number }>();

  const write = (): void => {
    const traffic = [...kinds.values()].map(({ type, facts, count }): TrafficFacts => ({ ...facts, type, count }));
    kinds = new Map();
    // Lost where the database does not take it: traffic holds nothing up.
    store.addTraffic(traffic).then(onWritten, () => {});
  };

  return {
    note(event) {
      const facts = factsOf(event);
      const key = JSON.stringify([event.type, facts]);
      const known = kinds.get(key);
      if (known !== undefined) known.count += 1;
      else if (kinds.size < mostKinds) {
        if (kinds.size === 0) setTimeout(write, momentMs).unref();
        kinds.set(key, { type: event.type, facts, count: 1 });
      }
    },
  };
}

function factsOf(event: Event): EventFacts {
  const facts: Partial<Record<FactName, string>> = {};
  for (const [member, fact] of names) {
    const value: unknown = Reflect.get(event, member);
    if (typeof value === "string") facts[fact] = value;
  }
  return facts;
}
