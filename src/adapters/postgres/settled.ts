/** Clears up what became of a write whose connection died before its answer. */
import { isUnavailable, isUnknownOutcome } from "./failures.ts";

const longestPatienceMs = 4000;
const pauseMs = 50;

export interface MarkedWrite<T> {
  /** Carries the write's own random mark into the row that it changes; at most one run of it can succeed. */
  run(): Promise<T>;
  /** What the write answered if its mark stands in the row; undefined when it does not. */
  find(): Promise<T | undefined>;
}

/**
 * Runs the write. When its outcome is unknown, asks for its mark until time is up: there it is: done; it is not: once
 * more. A lost race is never concluded from the write's own mark, or an honest retry would look like theft.
 */
export async function settled<T>(write: MarkedWrite<T>, patienceMs = longestPatienceMs): Promise<T> {
  try {
    return await write.run();
  } catch (error) {
    if (!isUnknownOutcome(error)) throw error;
    return await clearUp(write, error, performance.now() + patienceMs);
  }
}

async function clearUp<T>(write: MarkedWrite<T>, original: unknown, deadline: number): Promise<T> {
  while (performance.now() < deadline) {
    try {
      const found = await write.find();
      if (found !== undefined) return found;
      // The first run may still be under way in the server: if it wins after all, this one loses to our own mark.
      const answer = await write.run();
      return (await write.find()) ?? answer;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  throw original;
}
