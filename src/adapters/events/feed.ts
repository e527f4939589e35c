/** Brings events to who follows them: a bounded number of followers, each at its own pace, out of what is held once. */
import type { EventBatch, EventFeed, EventWish } from "../../ports/event-feed.ts";
import type { EventStore } from "../../ports/store/events.ts";
import { OAuthError, refuse } from "../../protocol/errors.ts";
import { writeCursor } from "../../protocol/event-cursor.ts";
import { isWanted, type ToldEvent } from "../../protocol/told-event.ts";
import { lookOut } from "./look-out.ts";
import { ring } from "./ring.ts";

export interface FeedOptions {
  readonly store: EventStore;
  readonly now: () => Date;
  /** So many may follow at once. */
  readonly mostFollowers: number;
  readonly told: (failure: unknown) => void;
  /** So many of the newest events are held for who is behind. */
  readonly heldEvents?: number;
  readonly heartbeatMs?: number;
}

interface Place {
  readonly position: string;
  readonly cursor: string;
}

interface Reader {
  /** Up to here everything has been taken. */
  place: Place;
  /** The stretch that comes next. */
  next: number;
  readonly endsAt: number;
}

export interface RunningFeed extends EventFeed {
  /** The server stops: who follows hears all that is known, and then the end. */
  end(): void;
}

const pageRows = 500;
const defaultHeldEvents = 20_000;
/** Proxies cut what has been silent for 30 or 60 seconds. */
const defaultHeartbeatMs = 15_000;
/** Who follows is let in anew from time to time: a key that was taken back must not listen on for ever. */
const longestMs = 3_600_000;

export function eventFeed(options: FeedOptions): RunningFeed {
  const { store, now, mostFollowers, told, heldEvents = defaultHeldEvents, heartbeatMs = defaultHeartbeatMs } = options;
  const recent = ring(heldEvents);
  const waiting = new Set<() => void>();
  const state = { followers: 0, hasEnded: false };
  const onChange = () => {
    for (const wake of waiting) wake();
  };
  const isFollowed = () => state.followers > 0 && !state.hasEnded;
  const looking = lookOut({ store, ring: recent, now, isWanted: isFollowed, onChange, told });

  /** Until something comes, the follower goes, or it is time to say that we are still there. */
  const change = (ms: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      waiting.delete(wake);
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.max(0, ms)).unref();
    waiting.add(wake);
    signal.addEventListener("abort", wake, { once: true });
    return promise;
  };

  /** What the ring has forgotten is read page by page, as fast as it is taken, up to a place that the ring knows. */
  async function* catchUp(wish: EventWish, from: Place, signal: AbortSignal): AsyncGenerator<EventBatch, Place> {
    let place = from;
    while (place.position < recent.start() && !signal.aborted && !state.hasEnded) {
      const page = await store.after(place.position, pageRows);
      const at = page.events.at(-1)?.at ?? now();
      place = { position: page.position, cursor: writeCursor({ position: page.position, at }) };
      yield { events: page.events.filter((event) => isWanted(event, wish)), cursor: place.cursor };
    }
    return place;
  }

  /** Answers the next batch, empty if only to say that we are still there; undefined at the end. */
  async function nextBatch(reader: Reader, wish: EventWish, signal: AbortSignal): Promise<EventBatch | undefined> {
    const heartbeatAt = performance.now() + heartbeatMs;
    for (;;) {
      if (signal.aborted) return undefined;
      if (recent.isForgotten(reader.next)) tooSlow(reader.place.cursor);
      const stretch = recent.stretch(reader.next);
      const events = stretch === undefined ? [] : unseen(recent.view(stretch, wish), reader.place.position);
      if (stretch !== undefined) {
        reader.next += 1;
        reader.place = { position: stretch.to, cursor: stretch.cursor };
      } else if (recent.end() > reader.place.position) {
        reader.place = { position: recent.end(), cursor: recent.cursor() };
      }
      const elapsed = performance.now();
      if (events.length > 0 || elapsed >= heartbeatAt) return { events, cursor: reader.place.cursor };
      if (stretch !== undefined) continue;
      if (state.hasEnded || elapsed >= reader.endsAt) return undefined;
      await change(heartbeatAt - elapsed, signal);
    }
  }

  async function* follow(wish: EventWish, signal: AbortSignal): AsyncGenerator<EventBatch, void, undefined> {
    if (state.followers >= mostFollowers) tooMany(mostFollowers);
    state.followers += 1;
    try {
      await looking.begin();
      // What is held may lag behind what has happened before somebody came.
      const head = await store.head();
      if (wish.after !== null) requireKnown(wish.after.position, head);
      const { position, at } = wish.after ?? { position: head, at: now() };
      const from = { position, cursor: writeCursor({ position, at }) };
      yield { events: [], cursor: from.cursor };
      const place = yield* catchUp(wish, from, signal);
      const reader = { place, next: recent.beyond(place.position), endsAt: performance.now() + longestMs };
      for (;;) {
        const batch = await nextBatch(reader, wish, signal);
        if (batch === undefined) return;
        yield batch;
      }
    } finally {
      state.followers -= 1;
      if (!isFollowed()) looking.rouse();
    }
  }

  return {
    follow,
    rouse() {
      if (isFollowed()) looking.rouse();
    },
    end() {
      state.hasEnded = true;
      onChange();
    },
  };
}

/** What a part of has been told already is told from there on; whole lists stay the same lists. */
function unseen(events: readonly ToldEvent[], position: string): readonly ToldEvent[] {
  return (events[0]?.position ?? "") > position ? events : events.filter((event) => event.position > position);
}

/** Nobody can have been beyond what has happened: the database is another one, or was put back from a copy. */
function requireKnown(position: string, head: string): void {
  if (position.length === head.length && position <= head) return;
  refuse("cursor_expired", "The cursor is not of this database. Begin without a cursor.", { field: "cursor" });
}

function tooMany(most: number): never {
  refuse("too_many_requests", `No more than ${most} may follow events at once.`, { retryAfterSeconds: 10 });
}

function tooSlow(cursor: string): never {
  const message = "Events came faster than they were taken. Go on from the cursor.";
  throw new OAuthError("too_slow", message, { cursor });
}
