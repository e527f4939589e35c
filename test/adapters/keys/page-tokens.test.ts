import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pageTokens } from "../../../src/adapters/keys/page-tokens.ts";
import { subkeys } from "../../../src/adapters/keys/subkeys.ts";
import { after as later, start } from "../../support/nouns.ts";
import { alterations } from "./alterations.ts";

function tokensWith(...secrets: string[]) {
  return pageTokens(subkeys(secrets));
}

describe("a page token", () => {
  test("leads back to where its list goes on", () => {
    const { pageToken, openPageToken } = tokensWith("the secret of today");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (place) => {
        expect(openPageToken("clients", pageToken("clients", place, start), start)).toBe(place);
      }),
    );
  });

  test("FZ-13: is bound to its list", () => {
    const { pageToken, openPageToken } = tokensWith("the secret of today");
    const token = pageToken("clients", "c1", start);
    expect(openPageToken("client", token, start)).toBeUndefined();
    expect(openPageToken("consents", token, start)).toBeUndefined();
  });

  test("FZ-13: with any character altered, removed or added is refused", () => {
    const { pageToken, openPageToken } = tokensWith("the secret of today");
    fc.assert(
      fc.property(
        fc.constantFrom("c", "cl", "cli").chain((place) => alterations(pageToken("clients", place, start))),
        (altered) => {
          expect(openPageToken("clients", altered, start)).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("is good for an hour", () => {
    const { pageToken, openPageToken } = tokensWith("the secret of today");
    const token = pageToken("clients", "c1", start);
    expect(openPageToken("clients", token, later(3600))).toBe("c1");
    expect(openPageToken("clients", token, later(3601))).toBeUndefined();
  });

  test("is proven by every secret of the list, and by no other", () => {
    const token = tokensWith("the secret of last year").pageToken("clients", "c1", start);
    expect(tokensWith("the secret of today", "the secret of last year").openPageToken("clients", token, start)).toBe(
      "c1",
    );
    expect(tokensWith("the secret of today").openPageToken("clients", token, start)).toBeUndefined();
  });

  test("is not even decoded when it is longer than any of ours", () => {
    const { pageToken, openPageToken } = tokensWith("the secret of today");
    expect(openPageToken("clients", pageToken("clients", "x".repeat(4096), start), start)).toBeUndefined();
  });
});
