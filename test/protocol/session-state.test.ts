import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sessionState } from "../../src/protocol/session-state.ts";

const facts = { browserState: "b", salt: "s" };

test("OIDC Session Management §4.2: the digest of client, origin, browser state and salt, and the salt", () => {
  const digest = createHash("sha256").update("a client https://rp.example:8443 b s").digest("hex");
  expect(sessionState("a client", "https://rp.example:8443/callback?x=1", facts)).toBe(`${digest}.s`);
});

test("each of them makes another", () => {
  const all = [
    sessionState("a", "https://rp.example/cb", facts),
    sessionState("b", "https://rp.example/cb", facts),
    sessionState("a", "http://rp.example/cb", facts),
    sessionState("a", "https://rp.example/cb", { ...facts, browserState: "c" }),
    sessionState("a", "https://rp.example/cb", { ...facts, salt: "t" }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test("a redirect URI without an origin has none", () => {
  expect(sessionState("a", "com.example.app:/callback", facts)).toBeUndefined();
});
