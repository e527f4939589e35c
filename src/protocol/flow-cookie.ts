/** The cookie that binds a flow to the browser that began it: one a flow, and not more than a header can carry. */

/** With the names Hydra uses, 24 of them make about 1.4 kB of header. */
const keptFlowCookies = 24;

export interface FlowCookie {
  /** The part of the cookie's name that says which flow it is. */
  readonly suffix: string;
  readonly value: string;
}

export function flowCookieSuffix(flowId: string): string {
  return flowId.slice(0, 8);
}

/** `secret` is 16 random bytes as base64url; the minute in front tells old flows from new ones. */
export function newFlowCookie(flowId: string, now: Date, secret: string): FlowCookie {
  const minute = Math.floor(now.getTime() / 60_000).toString(36);
  return { suffix: flowCookieSuffix(flowId), value: `${minute}.${secret}` };
}

/** Suffixes of the oldest cookies, so that with one more there are no more than are kept. */
export function superfluousFlowCookies(sent: ReadonlyMap<string, readonly string[]>): string[] {
  // RFC 6265 §5.4: browsers send the oldest first, which tells flows of the same minute apart.
  const byAge = [...sent].reverse().sort(([, a], [, b]) => startedAt(b) - startedAt(a));
  return byAge.slice(keptFlowCookies - 1).map(([suffix]) => suffix);
}

function startedAt(values: readonly string[]): number {
  const minute = Number.parseInt(values[0]?.split(".")[0] ?? "", 36);
  return Number.isSafeInteger(minute) ? minute : 0;
}
