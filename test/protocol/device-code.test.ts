import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  judgePoll,
  type Poll,
  readUserCode,
  requireDeviceAllowed,
  shownUserCode,
  type UserCodeChoice,
  userCodeStyle,
} from "../../src/protocol/device-code.ts";
import { aClient, after as atSecond } from "../support/nouns.ts";
import { refused } from "./refused.ts";

const styleOf = (choice: Partial<UserCodeChoice> = {}) =>
  userCodeStyle({ preset: null, length: null, characters: null, ...choice });

describe("a user code", () => {
  test.each([
    [{}, 8, "BCDFGHJKLMNPQRSTVWXZ"],
    [{ preset: "high" }, 8, "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"],
    [{ preset: "medium" }, 8, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
    [{ preset: "low" }, 9, "0123456789"],
    [{ length: 12 }, 12, "BCDFGHJKLMNPQRSTVWXZ"],
    [{ characters: "ABCDEFGHAB" }, 8, "ABCDEFGH"],
    [{ preset: "low", length: 6, characters: "01234567" }, 6, "01234567"],
  ] as const)("is made as %j says", (choice, length, alphabet) => {
    const style = styleOf(choice);
    expect([style.length, style.alphabet.join("")]).toEqual([length, alphabet]);
  });

  test("RFC 8628 §6.1: is shown in two halves where it is of our own make, and as Hydra shows it otherwise", () => {
    expect(shownUserCode("WDJBMJHT", styleOf())).toBe("WDJB-MJHT");
    expect(shownUserCode("WDJBMJHT", styleOf({ preset: "medium" }))).toBe("WDJBMJHT");
    expect(shownUserCode("WDJBMJ", styleOf({ length: 6 }))).toBe("WDJBMJ");
  });

  test("RFC 8628 §6.1: is read without its dashes and spaces, and without its case where the alphabet has only one", () => {
    for (const typed of ["WDJB-MJHT", "wdjb mjht", " wDjBmJhT ", "w-d-j-b-m-j-h-t", "WDJB\tMJHT\n"]) {
      expect(readUserCode(typed, styleOf()), typed).toBe("WDJBMJHT");
    }
    const both = styleOf({ preset: "high" });
    expect(readUserCode("aAbCcD-34", both)).toBe("aAbCcD34");
    expect(readUserCode("AABCCD34", both)).toBeUndefined();
    const lower = styleOf({ characters: "abcdefgh", length: 6 });
    expect(readUserCode("ABC-DEF", lower)).toBe("abcdef");
    const dashed = styleOf({ characters: "abcdefg-", length: 6 });
    expect(readUserCode("abc-de", dashed)).toBe("abc-de");
    expect(readUserCode("abc-d", dashed)).toBeUndefined();
  });

  test("of any other length or with another character is none", () => {
    const typed = ["", "WDJBMJH", "WDJBMJHTB", "WDJBMJHA", "WDJB_MJHT", "WDJB.MJHT", "WDJBMJH\u212a", "\u0131DJBMJHT"];
    for (const text of typed) expect(readUserCode(text, styleOf()), text).toBeUndefined();
    expect(readUserCode(`WDJBMJHT${"-".repeat(300)}`, styleOf())).toBeUndefined();
  });

  test("that was shown is read as it was drawn, however dashes and spaces are strewn in", () => {
    const style = styleOf();
    const drawn = fc.array(fc.constantFrom(...style.alphabet), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(
        drawn,
        fc.array(fc.constantFrom("", "-", " ", "--"), { minLength: 8, maxLength: 8 }),
        (code, gaps) => {
          const typed = code.map((character, index) => `${gaps[index]}${character.toLowerCase()}`).join("");
          expect(readUserCode(typed, style)).toBe(code.join(""));
          expect(readUserCode(shownUserCode(code.join(""), style), style)).toBe(code.join(""));
        },
      ),
    );
  });

  test("is whatever else was typed, and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (typed) => {
        const read = readUserCode(typed, styleOf());
        if (read !== undefined) expect(read).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{8}$/);
      }),
    );
  });
});

describe("RFC 8628 §3.5: a device that asks", () => {
  test("may ask at once, and then in its interval", () => {
    const first = judgePoll(undefined, 5, atSecond(0));
    expect(first).toEqual({ at: atSecond(0), intervalSeconds: 5, early: false });
    expect(judgePoll(first, 5, atSecond(5))).toEqual({ at: atSecond(5), intervalSeconds: 5, early: false });
    expect(judgePoll(first, 5, atSecond(4.6)).early).toBe(false);
  });

  test("too early must wait five seconds longer, from then on and each time", () => {
    let poll: Poll = judgePoll(undefined, 5, atSecond(0));
    for (const interval of [10, 15, 20]) {
      poll = judgePoll(poll, 5, new Date(poll.at.getTime() + 1000));
      expect(poll).toMatchObject({ early: true, intervalSeconds: interval });
    }
    expect(judgePoll(poll, 5, new Date(poll.at.getTime() + 20_000))).toMatchObject({
      early: false,
      intervalSeconds: 20,
    });
    expect(judgePoll(poll, 5, new Date(poll.at.getTime() + 15_000)).early).toBe(true);
  });

  test("in one request is not too early because the request is judged twice", () => {
    const first = judgePoll(undefined, 5, atSecond(0));
    const now = atSecond(1);
    const early = judgePoll(first, 5, now);
    expect(judgePoll(early, 5, now)).toBe(early);
  });
});

describe("a client that asks for a device", () => {
  const client = aClient({
    grantTypes: ["urn:ietf:params:oauth:grant-type:device_code"],
    scope: "openid photos.*",
    audience: ["https://photos.example"],
  });
  const asks = (over: { scope?: string[]; audience?: string[] } = {}, of = client) =>
    requireDeviceAllowed(of, { scope: ["openid", "photos.read"], audience: [], ...over }, "wildcard");

  test("gets what it is registered for", () => {
    expect(() => asks({ audience: ["https://photos.example/albums"] })).not.toThrow();
  });

  test("RFC 8628 §3.1: is refused what it is not registered for", () => {
    expect(() => asks({}, { ...client, grantTypes: [] })).toThrow(refused("unauthorized_client"));
    expect(() => asks({ scope: ["admin"] })).toThrow(refused("invalid_scope"));
    expect(() => asks({ audience: ["https://other.example"] })).toThrow(refused("invalid_target"));
  });
});
