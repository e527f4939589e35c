import { describe, expect, test } from "vitest";
import {
  frontChannelUrl,
  isToldBy,
  logoutTokenClaims,
  namedClient,
  postLogoutTarget,
  requireLogoutHint,
  retrySeconds,
} from "../../src/protocol/end-session.ts";
import { parseParameters } from "../../src/protocol/parameters.ts";
import { aClient, after, start } from "../support/nouns.ts";
import { refused } from "./refused.ts";

const issuer = "https://id.example/";
const iat = start.getTime() / 1000;
const claims = { iss: issuer, sub: "anna", sid: "s", aud: ["printer"], iat };
const hint = { subject: "anna", sessionId: "s", audience: ["printer"] };

describe("OIDC RP-Initiated Logout §2: the hint", () => {
  test("says whose session it was, to whomever it was issued", () => {
    expect(requireLogoutHint(claims, issuer, start)).toEqual(hint);
    expect(requireLogoutHint({ ...claims, aud: "printer" }, issuer, start)).toEqual(hint);
    expect(requireLogoutHint({ ...claims, exp: 1 }, issuer, after(1_000_000))).toEqual(hint);
    expect(requireLogoutHint({ ...claims, iat: iat + 60 }, issuer, start)).toEqual(hint);
  });

  test.each([
    ["another issuer", { iss: "https://elsewhere.example/" }],
    ["no subject", { sub: "" }],
    ["no session", { sid: 1 }],
    ["a session that is no text", { sid: ["s"] }],
    ["no time", { iat: "now" }],
    ["a time to come", { iat: iat + 61 }],
  ])("is refused with %s", (_name, over) => {
    expect(() => requireLogoutHint({ ...claims, ...over }, issuer, start)).toThrow(refused("invalid_request"));
  });
});

describe("OIDC RP-Initiated Logout §2: the client", () => {
  test.each([
    ["", null, null],
    ["client_id=printer", null, "printer"],
    ["", hint, "printer"],
    ["client_id=printer", hint, "printer"],
    ["client_id=scanner", { ...hint, audience: ["printer", "scanner"] }, "scanner"],
  ])("of '%s' with the hint %o is %s", (query, given, client) => {
    expect(namedClient(parseParameters(query), given)).toBe(client);
  });

  test("is refused when the hint is another's", () => {
    expect(() => namedClient(parseParameters("client_id=scanner"), hint)).toThrow(refused("invalid_request"));
  });
});

describe("OIDC RP-Initiated Logout §3: the address", () => {
  const client = aClient({
    postLogoutRedirectUris: ["https://printer.example/bye", "https://printer.example/out?a=b"],
  });
  const asked = (uri: string) => parseParameters(`post_logout_redirect_uri=${encodeURIComponent(uri)}`);

  test("is one of the registered, byte for byte", () => {
    for (const uri of client.postLogoutRedirectUris) expect(postLogoutTarget(asked(uri), client)).toBe(uri);
    expect(postLogoutTarget(parseParameters(""), client)).toBeNull();
    expect(postLogoutTarget(parseParameters("post_logout_redirect_uri="), null)).toBeNull();
  });

  test.each([
    "https://printer.example/bye/",
    "https://printer.example/bye?",
    "https://printer.example/bye#",
    "https://printer.example/BYE",
    "http://printer.example/bye",
    "https://printer.example/out",
    "https://evil.example/bye",
    "javascript:alert(1)",
  ])("is refused when it is %s", (uri) => {
    expect(() => postLogoutTarget(asked(uri), client)).toThrow(refused("invalid_request"));
    expect(() => postLogoutTarget(asked(uri), null)).toThrow(refused("invalid_request"));
  });
});

test("OIDC Front-Channel Logout §2: `iss` and `sid` are joined to the registered address", () => {
  expect(frontChannelUrl("https://rp.example/out", issuer, "s")).toBe(
    "https://rp.example/out?iss=https%3A%2F%2Fid.example%2F&sid=s",
  );
  expect(frontChannelUrl("https://rp.example/out?a=%20b", "i", "s")).toBe("https://rp.example/out?a=%20b&iss=i&sid=s");
});

test("OIDC Back-Channel Logout §2.4: exactly these claims, and no nonce", () => {
  const facts = { issuer, clientId: "printer", subject: "anna", sessionId: "s", tokenId: "t", now: start };
  expect(logoutTokenClaims(facts)).toEqual({
    ...{ iss: issuer, sub: "anna", aud: ["printer"], iat, exp: iat + 120, jti: "t", sid: "s" },
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
  });
});

test("OIDC Back-Channel Logout §2.8: what the client's answer means", () => {
  const answers = [200, 204, 400, 201, 302, 404, 429, 500, 503, 0].map(isToldBy);
  expect(answers).toEqual(["told", "told", "refused", ...Array.from({ length: 7 }, () => "failed")]);
});

test("tries again soon at first, then hourly", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 30].map(retrySeconds)).toEqual([5, 20, 80, 320, 1280, 3600, 3600, 3600]);
});
