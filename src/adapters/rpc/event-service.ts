/** `tessera.admin.v1.EventService`: from message to operation to messages. */
import { create, type MessageShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  EventSchema,
  type EventService,
  WatchEventsResponseSchema,
} from "../../gen/tessera/admin/v1/event_service_pb.js";
import type { watchEvents } from "../../operations/admin/watch-events.ts";
import type { Ports } from "../../ports/ports.ts";
import { writeCursor } from "../../protocol/event-cursor.ts";
import type { ToldEvent } from "../../protocol/told-event.ts";

export interface EventOperations {
  readonly watchEvents: typeof watchEvents;
}

type Request = MessageShape<(typeof EventService)["method"]["watchEvents"]["input"]>;
type Response = MessageShape<typeof WatchEventsResponseSchema>;
type EventMessage = MessageShape<typeof EventSchema>;

export function eventService(operations: EventOperations, ports: Ports) {
  // Who wants the same is given the same list, which is translated once.
  const made = new WeakMap<readonly ToldEvent[], EventMessage[]>();
  const toMessages = (events: readonly ToldEvent[]): EventMessage[] => {
    const messages = made.get(events) ?? events.map(toMessage);
    made.set(events, messages);
    return messages;
  };
  return {
    async *watchEvents(asked: Request, now: Date, signal: AbortSignal): AsyncGenerator<Response, void, undefined> {
      const { cursor, typePrefix, clientId, subject } = asked;
      const watch = { cursor, typePrefix, clientId, subject, now };
      for await (const batch of operations.watchEvents(watch, ports, signal)) {
        yield create(WatchEventsResponseSchema, { events: toMessages(batch.events), cursor: batch.cursor });
      }
    },
  };
}

function toMessage(event: ToldEvent): EventMessage {
  const { type, at, count, facts } = event;
  return create(EventSchema, {
    type,
    at: timestampFromDate(at),
    cursor: writeCursor(event),
    clientId: facts.client_id ?? "",
    subject: facts.subject ?? "",
    sessionId: facts.session_id ?? "",
    authorizationId: facts.authorization_id ?? "",
    flowId: facts.flow_id ?? "",
    logoutId: facts.logout_id ?? "",
    keySet: facts.key_set ?? "",
    keyId: facts.key_id ?? "",
    trustId: facts.trust_id ?? "",
    issuer: facts.issuer ?? "",
    tokenId: facts.token_id ?? "",
    grantType: facts.grant_type ?? "",
    error: facts.error ?? "",
    count,
  });
}
