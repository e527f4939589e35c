import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flowCookieSuffix, newFlowCookie, superfluousFlowCookies } from "../../src/protocol/flow-cookie.ts";

const start = new Date("2026-03-01T12:00:00.000Z");
const secret = "AAAAAAAAAAAAAAAAAAAAAA";

function flowId(number: number): string {
  return number.toString(16).padStart(8, "0").padEnd(32, "0");
}

/** Cookies of flows that began so many minutes after the start, in the order in which a browser sends them. */
function sent(minutes: readonly number[]): Map<string, readonly string[]> {
  return new Map(
    minutes.map((minute, index) => {
      const cookie = newFlowCookie(flowId(index), new Date(start.getTime() + minute * 60_000), secret);
      return [cookie.suffix, [cookie.value]] as const;
    }),
  );
}

test("a flow's cookie is named by the flow and tells its minute", () => {
  const cookie = newFlowCookie("0123456789abcdef0123456789abcdef", start, secret);
  expect(cookie.suffix).toBe("01234567");
  expect(cookie.value).toMatch(/^[0-9a-z]{1,7}\.A{22}$/);
});

describe("the Cookie header stays small, however many flows are abandoned", () => {
  test("23 flows leave room for one more", () => {
    expect(superfluousFlowCookies(sent(Array.from({ length: 23 }, (_, i) => i)))).toEqual([]);
  });

  test("the oldest go, in whichever order they were sent", () => {
    const minutes = Array.from({ length: 25 }, (_, i) => (i * 7) % 25);
    const oldest = [0, 1].map((minute) => flowCookieSuffix(flowId(minutes.indexOf(minute))));
    expect(superfluousFlowCookies(sent(minutes)).sort()).toEqual(oldest.sort());
  });

  test("RFC 6265 §5.4: of flows that began in the same minute the first sent is the oldest", () => {
    const superfluous = superfluousFlowCookies(sent(Array.from({ length: 26 }, () => 0)));
    expect(superfluous.sort()).toEqual([0, 1, 2].map((index) => flowCookieSuffix(flowId(index))));
  });

  test("cookies that were not made here are older than all", () => {
    const cookies = sent(Array.from({ length: 23 }, (_, i) => i));
    const planted = new Map<string, readonly string[]>([
      ["planted1", ["!!"]],
      ["planted2", []],
      ["planted3", [`${"z".repeat(300)}.x`]],
      ["planted4", [""]],
    ]);
    const superfluous = superfluousFlowCookies(new Map([...cookies, ...planted]));
    expect(superfluous.sort()).toEqual([...planted.keys()]);
  });

  test("whatever is sent, with one more there are at most 24, and only those sent go", () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer({ min: 0, max: 99 }).map((minute) => `${minute.toString(36)}.x`),
    );
    const cookies = fc.uniqueArray(fc.tuple(fc.string(), fc.array(value, { maxLength: 2 })), {
      maxLength: 60,
      selector: ([suffix]) => suffix,
    });
    fc.assert(
      fc.property(cookies, (pairs) => {
        const superfluous = superfluousFlowCookies(new Map(pairs));
        expect(new Set(superfluous).size).toBe(Math.max(0, pairs.length - 23));
        const known = new Set(pairs.map(([suffix]) => suffix));
        for (const suffix of superfluous) expect(known.has(suffix)).toBe(true);
      }),
    );
  });
});
