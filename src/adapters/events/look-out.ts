/** One look at the database for all who follow: often while something happens, seldom otherwise, never for nobody. */
import type { EventStore } from "../../ports/store/events.ts";
import type { Ring } from "./ring.ts";

export interface LookOutOptions {
  readonly store: EventStore;
  readonly ring: Ring;
  readonly now: () => Date;
  readonly isWanted: () => boolean;
  /** Something has come. */
  readonly onChange: () => void;
  /** Told once for each time that looking begins to fail, and, with undefined, when it is well again. */
  readonly told: (failure: unknown) => void;
}

export interface LookOut {
  /** Resolves when the ring has its beginning; looks from then on, for as long as somebody wants it. */
  begin(): Promise<void>;
  /** Something has happened here, or nobody follows any more. */
  rouse(): void;
}

const pageRows = 1000;
/** Others' writes are seen so late. */
const restMs = 250;
/** What happens in one moment is read together. */
const leastRestMs = 10;
/** After a write of our own: it may have to wait for another transaction to end. */
const nearMs = 40;
const failedMs = 1000;

export function lookOut({ store, ring, now, isWanted, onChange, told }: LookOutOptions): LookOut {
  let beginning: Promise<void> | undefined;
  let isFailing = false;
  let isRoused = false;
  let wake = () => {};

  /** Answers how long to rest. */
  const look = async (): Promise<number> => {
    const wasRoused = isRoused;
    isRoused = false;
    try {
      const page = await store.after(ring.end(), pageRows);
      if (isFailing) told(undefined);
      isFailing = false;
      ring.push(page.events, page.position, page.events.at(-1)?.at ?? now());
      if (page.events.length > 0) onChange();
      if (page.more) return 0;
      return wasRoused ? nearMs : restMs;
    } catch (error) {
      if (!isFailing) told(error);
      isFailing = true;
      return failedMs;
    }
  };

  const rest = async (ms: number): Promise<void> => {
    await pause(Math.min(ms, leastRestMs));
    if (isRoused || ms <= leastRestMs) return;
    const woken = Promise.withResolvers<void>();
    wake = woken.resolve;
    const timer = setTimeout(woken.resolve, ms - leastRestMs).unref();
    await woken.promise;
    clearTimeout(timer);
  };

  const watch = async (): Promise<void> => {
    while (isWanted()) await rest(await look());
    beginning = undefined;
  };

  const start = async (): Promise<void> => {
    try {
      ring.begin(await store.head(), now());
    } catch (error) {
      beginning = undefined;
      throw error;
    }
    void watch();
  };

  return {
    begin() {
      beginning ??= start();
      return beginning;
    },
    rouse() {
      isRoused = true;
      wake();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
