import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admitsAudience, readAudience, requireAdmittedAudience } from "../../src/protocol/audience.ts";
import { parseParameters } from "../../src/protocol/parameters.ts";
import { encodePairs } from "../../src/protocol/redirect-uri.ts";
import { refused } from "./refused.ts";

function read(pairs: ReadonlyArray<readonly [string, string]>) {
  return readAudience(parseParameters(encodePairs(pairs)));
}

describe("RFC 8707 §2: what is asked for", () => {
  test("audience may be a list or repeated, resource repeated; duplicates go", () => {
    const pairs = [
      ["audience", "a  b"],
      ["resource", "https://photos.example"],
      ["audience", "b c"],
      ["resource", "urn:photos"],
      ["resource", "https://photos.example"],
    ] as const;
    expect(read(pairs)).toEqual(["a", "b", "c", "https://photos.example", "urn:photos"]);
  });

  test("nothing asked for is an empty list", () => {
    expect(
      read([
        ["audience", ""],
        ["resource", ""],
      ]),
    ).toEqual([]);
  });

  test.each([
    "photos",
    "/photos",
    "https://photos.example/#a",
    "https://photos.example#",
    " https://photos.example",
    "https://photos.example/a b",
    "https://pho\ttos.example",
    "https://pho\ntos.example",
  ])("a resource must be an absolute URI without a fragment: %j is invalid_target", (resource) => {
    expect(() => read([["resource", resource]])).toThrow(refused("invalid_target", "resource"));
  });

  test.each([
    ["51 audiences", Array.from({ length: 51 }, (_, i) => `a${i}`).join(" ")],
    ["one of 513 characters", "a".repeat(513)],
  ])("%s are invalid_target", (_, audience) => {
    expect(() => read([["audience", audience]])).toThrow(refused("invalid_target", "audience"));
  });
});

describe("what is admitted (D32)", () => {
  test.each([
    ["photos", "photos", true],
    ["photos", "photos/x", false],
    ["urn:photos", "urn:photos/x", false],
    ["https://a.example", "https://a.example", true],
    ["https://a.example", "https://a.example/", true],
    ["https://a.example/", "https://a.example", true],
    ["https://a.example", "https://a.example/x?y=z", true],
    ["https://a.example/x", "https://a.example/x/y", true],
    ["https://a.example/x", "https://a.example/xy", false],
    ["https://a.example/x", "https://a.example/", false],
    ["https://a.example/x", "https://a.example/X/y", false],
    ["https://a.example/x", "https://a.example/x?y", false],
    ["https://a.example/x?y", "https://a.example/x?y/z", false],
    ["https://a.example", "https://a.example.evil.example", false],
    ["https://a.example", "https://a.example:8443/", false],
    ["https://a.example", "https://a.example@evil.example/", false],
    ["https://a.example", "http://a.example/", false],
    ["https://a.example", "HTTPS://a.example/", false],
    ["https://a.example/x", "https://a.example/x/../y", false],
    ["https://a.example/x", "https://a.example/x/..", false],
    ["https://a.example/x", "https://a.example/x/./y", false],
    ["https://a.example/x", "https://a.example/x/%2e%2E/y", false],
    ["https://a.example/x", "https://a.example/x/.%2e/y", false],
    ["https://a.example/x", "https://a.example/x/..;a/y", false],
    ["https://a.example/x", "https://a.example/x/..%2fy", false],
    ["https://a.example/x", "https://a.example/x/..%5cy", false],
    ["https://a.example/x", "https://a.example/x/..\\y", false],
    ["https://a.example/x", "https://a.example/x/.\t./y", false],
    ["https://a.example/x", "https://a.example/x/..\n/y", false],
    ["https://a.example/x", "https://a.example/x/..?", false],
    ["https://a.example/x", "https://a.example/x/é", false],
    ["https://a.example/x/../y", "https://a.example/x/../y", true],
  ])("'%s' registered, '%s' requested: %s", (registered, requested, admitted) => {
    expect(admitsAudience(registered, requested)).toBe(admitted);
  });

  test("for any reader, what is admitted stays at or below what is registered", () => {
    const piece = fc.constantFrom(
      "x",
      "y",
      "/",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "\\",
      "\t",
      "\n",
      "\r",
      "?",
      "#",
      ";",
      "@",
      ":",
    );
    const tail = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    const registered = "https://a.example/x";
    fc.assert(
      fc.property(tail, (text) => {
        const requested = `${registered}${text}`;
        if (!admitsAudience(registered, requested)) return;
        const url = new URL(requested);
        expect(url.origin).toBe("https://a.example");
        expect(`${url.pathname}/`.startsWith("/x/")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("the first that is not admitted is invalid_target, and said in legal characters", () => {
    expect(() => requireAdmittedAudience(["photos"], ["photos", 'ma"il\u0001é'])).toThrow(
      refused("invalid_target", "audience"),
    );
    expect(() => requireAdmittedAudience(["mail", "photos"], ["photos", "mail"])).not.toThrow();
    expect(() => requireAdmittedAudience([], [])).not.toThrow();
  });
});
