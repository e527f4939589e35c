import { describe, expect, test } from "vitest";
import { pairwiseSubject, requireListedRedirects, requireSector } from "../../src/protocol/subject-identifier.ts";
import { aClient } from "../support/nouns.ts";
import { refused } from "./refused.ts";

const pairwise = (over: { redirectUris?: string[]; sectorIdentifierUri?: string } = {}) =>
  aClient({ subjectType: "pairwise", redirectUris: ["https://app.example/cb"], ...over });
const fault = refused("invalid_client_metadata", "sector_identifier_uri");
const salt = "a salt of eight and more";

describe("OIDC Core §8.1: pairwise identifiers", () => {
  test("they are the same for a sector, whichever of its clients asks, and hide the subject", () => {
    const [one, other] = [pairwise(), pairwise({ redirectUris: ["https://app.example/other"] })];
    const seen = pairwiseSubject(one, "alice", salt);
    expect(pairwiseSubject(other, "alice", salt)).toBe(seen);
    expect(seen).toMatch(/^[0-9a-f]{64}$/);
  });

  test("SIDE-004: another sector, subject or salt is another identifier, wherever one text ends and the next begins", () => {
    const seen = new Set<string>();
    for (const [sector, subject, salted] of [
      ["https://a.example/s", "alice", "saltsalt"],
      ["https://b.example/s", "alice", "saltsalt"],
      ["https://a.example/s", "bob", "saltsalt"],
      ["https://a.example/s", "alice", "saltsal2"],
      ["https://a.example/sa", "lice", "saltsalt"],
      ["https://a.example/", "salice", "saltsalt"],
      ["https://a.example/s", "alices", "altsalt"],
      ["https://a.example/s", 'alice","', "saltsalt"],
    ] as const) {
      seen.add(pairwiseSubject(pairwise({ sectorIdentifierUri: sector }), subject, salted));
    }
    expect(seen.size).toBe(8);
  });

  test("D53: the whole sector URI counts, not its host alone", () => {
    const [one, other] = ["https://s.example/a", "https://s.example/b"].map((sectorIdentifierUri) =>
      pairwiseSubject(pairwise({ sectorIdentifierUri }), "alice", salt),
    );
    expect(one).not.toBe(other);
  });

  test.each([
    ["no redirect URI", []],
    ["two hosts", ["https://a.example/cb", "https://b.example/cb"]],
    ["a scheme without host", ["com.example.app:/cb"]],
  ])("DCR-012: %s needs a sector identifier", (_what, redirectUris) => {
    expect(() => requireSector(pairwise({ redirectUris }))).toThrow(fault);
    expect(() => requireSector(pairwise({ redirectUris, sectorIdentifierUri: "https://s.example/s" }))).not.toThrow();
    expect(() => requireSector({ ...pairwise({ redirectUris }), subjectType: "public" })).not.toThrow();
  });

  test.each([
    ["holds no such URI", ["https://other.example/cb"]],
    ["holds it with another slash", ["https://app.example/cb/"]],
    ["holds a number", ["https://app.example/cb", 1]],
    ["holds a list", [["https://app.example/cb"]]],
    ["is endless", Array.from({ length: 10_001 }, () => "https://app.example/cb")],
  ])("DCR-011, OIDC Registration §5: a document that %s is refused", (_what, document) => {
    expect(() => requireListedRedirects(pairwise(), document)).toThrow(fault);
  });
});
