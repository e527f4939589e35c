/** Remembers in the process which devices asked when, and how many wrong user codes came in the last minute (D47). */
import type { DeviceMemory } from "../ports/ports.ts";
import { judgePoll, type Poll } from "../protocol/device-code.ts";

const rememberedDevices = 10_000;
const wrongCodesAMinute = 100;
const minuteMs = 60_000;

export function deviceMemory(): DeviceMemory {
  const polls = new Map<string, Poll>();
  /** When the last user codes were tried, the oldest first; right ones are taken out again. */
  const tries: number[] = [];

  return {
    asksTooOften(deviceCodeDigest, intervalSeconds, now) {
      const poll = judgePoll(polls.get(deviceCodeDigest), intervalSeconds, now);
      polls.delete(deviceCodeDigest);
      polls.set(deviceCodeDigest, poll);
      const [oldest] = polls.keys();
      if (polls.size > rememberedDevices && oldest !== undefined) polls.delete(oldest);
      return poll.early;
    },

    tryUserCode(now) {
      const time = now.getTime();
      while (tries[0] !== undefined && tries[0] <= time - minuteMs) tries.shift();
      const [oldest] = tries;
      if (tries.length >= wrongCodesAMinute && oldest !== undefined) return (oldest + minuteMs - time) / 1000;
      tries.push(time);
      return 0;
    },

    wasRight() {
      tries.pop();
    },
  };
}
