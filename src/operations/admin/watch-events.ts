/** An administrator follows what happens, from now on or from where somebody left off. */
import type { EventBatch } from "../../ports/event-feed.ts";
import type { Ports } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { type EventCursor, readCursor } from "../../protocol/event-cursor.ts";
import { after } from "../../protocol/lifespan.ts";
import type { EventFilter } from "../../protocol/told-event.ts";

export interface EventWatch extends EventFilter {
  /** "" begins with what happens next. */
  readonly cursor: string;
  readonly now: Date;
}

/** Endless; ends when the signal says so. */
export function watchEvents(
  { cursor, now, ...filter }: EventWatch,
  { config, eventFeed }: Pick<Ports, "config" | "eventFeed">,
  signal: AbortSignal,
): AsyncGenerator<EventBatch, void, undefined> {
  const place = cursor === "" ? null : openCursor(cursor);
  if (place !== null && place.at < after(now, -config["events.retention"])) {
    refuse("cursor_expired", "What follows the cursor is not kept any more. Begin without a cursor.", {
      field: "cursor",
    });
  }
  return eventFeed.follow({ ...filter, after: place }, signal);
}

function openCursor(text: string): EventCursor {
  return readCursor(text) ?? refuse("invalid_request", "The cursor is not one of this server's.", { field: "cursor" });
}
