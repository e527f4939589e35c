/** The newest events, held once for all who follow them: of a bounded number, whoever reads how slowly. */
import { writeCursor } from "../../protocol/event-cursor.ts";
import { type EventFilter, isWanted, type ToldEvent } from "../../protocol/told-event.ts";

/** What one look brought. */
export interface Stretch {
  readonly events: readonly ToldEvent[];
  /** The position behind them, and when everything up to it had happened. */
  readonly to: string;
  readonly cursor: string;
}

export interface Ring {
  /** Behind what is forgotten. */
  readonly start: () => string;
  /** Behind what is known. */
  readonly end: () => string;
  /** The cursor at the end. */
  readonly cursor: () => string;
  /** Nothing is held; it begins at this position. */
  begin(position: string, at: Date): void;
  push(events: readonly ToldEvent[], to: string, at: Date): void;
  /** The number of the first stretch that goes beyond the position. */
  beyond(position: string): number;
  /** Undefined: it is yet to come, or forgotten. */
  stretch(number: number): Stretch | undefined;
  isForgotten(number: number): boolean;
  /** What of the stretch is wanted: the same list for all who want the same. */
  view(stretch: Stretch, filter: EventFilter): readonly ToldEvent[];
}

export function ring(mostEvents: number): Ring {
  let held: Stretch[] = [];
  const state = { first: 0, events: 0, start: "", end: "", cursor: "" };
  const views = new WeakMap<Stretch, Map<string, readonly ToldEvent[]>>();

  function forget(): void {
    const gone = held.findIndex((_, index) => {
      if (state.events <= mostEvents || index === held.length - 1) return true;
      state.events -= held[index]?.events.length ?? 0;
      return false;
    });
    if (gone <= 0) return;
    state.start = held[gone - 1]?.to ?? state.start;
    state.first += gone;
    held = held.slice(gone);
  }

  return {
    start: () => state.start,
    end: () => state.end,
    cursor: () => state.cursor,
    begin(position, at) {
      state.first += held.length;
      held = [];
      Object.assign(state, { events: 0, start: position, end: position, cursor: writeCursor({ position, at }) });
    },
    push(events, to, at) {
      state.end = to;
      state.cursor = writeCursor({ position: to, at });
      const last = events.at(-1);
      if (last === undefined) return;
      held.push({ events, to: last.position, cursor: writeCursor(last) });
      state.events += events.length;
      forget();
    },
    beyond(position) {
      const found = held.findIndex(({ to }) => to > position);
      return state.first + (found === -1 ? held.length : found);
    },
    stretch: (number) => held[number - state.first],
    isForgotten: (number) => number < state.first,
    view(stretch, filter) {
      if (filter.typePrefix === "" && filter.clientId === "" && filter.subject === "") return stretch.events;
      const key = JSON.stringify([filter.typePrefix, filter.clientId, filter.subject]);
      const known = views.get(stretch) ?? new Map<string, readonly ToldEvent[]>();
      views.set(stretch, known);
      const view = known.get(key) ?? stretch.events.filter((event) => isWanted(event, filter));
      known.set(key, view);
      return view;
    },
  };
}
