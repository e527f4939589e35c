import type { ToldEvent, TrafficFacts } from "../../protocol/told-event.ts";
import type { Swept } from "./cleaning.ts";

export interface EventPage {
  readonly events: readonly ToldEvent[];
  /** Where to go on. */
  readonly position: string;
  /** Whether more is there already. */
  readonly more: boolean;
}

/** What the other stores have written with their changes. Positions are texts that compare as the events are ordered. */
export interface EventStore {
  /** Behind everything that has been told; before everything that can still be. */
  head(): Promise<string>;
  /** What comes after the position, at most `limit` rows. Nothing that is told later will stand before what is answered. */
  after(position: string, limit: number): Promise<EventPage>;
  /** Removes from the front what is older, of at most `most` rows that it looks at. */
  removeBefore(instant: Date, most: number): Promise<Swept>;
  /** One row for all the traffic of a moment. */
  addTraffic(traffic: readonly TrafficFacts[]): Promise<void>;
}
