/** A bounded queue with a lane per client: who sends a thousand jobs waits for them, and nobody else does. */
import { OAuthError } from "../../protocol/errors.ts";

export interface FairQueue {
  /** Runs the job in its turn; `temporarily_unavailable` when the lane, or the whole queue, is full. */
  run<T>(lane: string, job: () => Promise<T>, waitingHere?: number): Promise<T>;
}

export interface QueueBounds {
  readonly running: number;
  readonly waitingPerLane: number;
  readonly waiting: number;
}

export function fairQueue(bounds: QueueBounds): FairQueue {
  // A map keeps the order of insertion: its first lane is the one whose turn it is.
  const lanes = new Map<string, Array<() => void>>();
  let running = 0;
  let waiting = 0;

  const startNext = (): void => {
    const turn = lanes.entries().next().value;
    if (turn === undefined) return;
    const [lane, starts] = turn;
    lanes.delete(lane);
    const start = starts.shift();
    if (starts.length > 0) lanes.set(lane, starts);
    waiting -= 1;
    start?.();
  };

  const turn = (lane: string, waitingHere: number): Promise<void> => {
    const starts = lanes.get(lane) ?? [];
    if (starts.length >= waitingHere || waiting >= bounds.waiting) throw full();
    waiting += 1;
    lanes.set(lane, starts);
    return new Promise((resolve) => {
      starts.push(resolve);
    });
  };

  return {
    async run(lane, job, waitingHere = bounds.waitingPerLane) {
      if (running >= bounds.running) await turn(lane, waitingHere);
      else running += 1;
      // From here on a place is ours; it goes to the next in turn, or back.
      try {
        return await job();
      } finally {
        if (waiting > 0) startNext();
        else running -= 1;
      }
    },
  };
}

function full(): OAuthError {
  return new OAuthError("temporarily_unavailable", "The server is busy. Please try again.", { retryAfterSeconds: 1 });
}
