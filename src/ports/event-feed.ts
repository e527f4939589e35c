/** Following events as they happen, from here or from where somebody left off. */
import type { EventCursor } from "../protocol/event-cursor.ts";
import type { EventFilter, ToldEvent } from "../protocol/told-event.ts";

export interface EventWish extends EventFilter {
  /** Where to go on; null begins with what happens next. */
  readonly after: EventCursor | null;
}

export interface EventBatch {
  /** In their order. None: nothing has happened that is wanted, up to the cursor. */
  readonly events: readonly ToldEvent[];
  /** Where to go on behind them. */
  readonly cursor: string;
}

export interface EventFeed {
  /**
   * At least once each, from the wish's place on; the first batch comes at once. Ends when the signal says so, when the
   * server stops, and after a time. Throws `too_slow`, with the cursor, to who does not keep up; `too_many_requests` where
   * too many follow already; `cursor_expired` where the cursor is from another database.
   */
  follow(wish: EventWish, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined>;
  /** Something has been written here: look now. */
  rouse(): void;
}
