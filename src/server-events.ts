/** Events on their way to who follows them: the feed of this process, and what is told besides changes of state. */
import { eventFeed } from "./adapters/events/feed.ts";
import { trafficTeller } from "./adapters/events/traffic.ts";
import type { Logger } from "./adapters/telemetry/logger.ts";
import type { Config } from "./config/settings.ts";
import type { EventFeed } from "./ports/event-feed.ts";
import type { Events } from "./ports/events.ts";
import type { Ports } from "./ports/ports.ts";
import type { Store } from "./ports/store.ts";
import { stateEvents } from "./protocol/told-event.ts";
import type { Stop } from "./server-stop.ts";

export interface FeedParts {
  readonly config: Config;
  readonly store: Store;
  readonly now: () => Date;
  readonly log: Logger;
}

export function startFeed({ config, store, now, log }: FeedParts, stopping: Stop): EventFeed {
  const feed = eventFeed({
    store: store.events,
    now,
    mostFollowers: config["events.max_followers"],
    told(error) {
      if (error === undefined) log.write("info", "events are read again");
      else log.write("warn", "events cannot be read: who follows them waits", { error });
    },
  });
  stopping.addPort(async () => feed.end());
  return feed;
}

/** Told by the stores, some under another name. */
const written: ReadonlySet<string> = new Set([...stateEvents, "registration_replaced", "registration_deleted"]);

/** The feed looks at once for what has been written here; everything else is traffic. */
export function telling(events: Events, { config, eventFeed: feed, store }: Ports): Events {
  const traffic = config["events.traffic"] ? trafficTeller(store.events, () => feed.rouse()) : undefined;
  return {
    emit(event) {
      events.emit(event);
      if (written.has(event.type)) feed.rouse();
      else traffic?.note(event);
    },
  };
}
