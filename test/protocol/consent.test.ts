import { describe, expect, test } from "vitest";
import { findAgreement, requireRequested } from "../../src/protocol/consent.ts";
import { aClient, aRequest } from "../support/nouns.ts";
import { refused } from "./refused.ts";

const confidential = aClient();
const publicClient = aClient({ tokenEndpointAuthMethod: "none" });
const request = aRequest("printer", { scope: ["openid", "photos.read"], audience: ["https://photos.example"] });
const covering = {
  id: "remembered",
  grantedScope: ["openid", "photos.read"],
  grantedAudience: ["https://photos.example"],
};

describe("OIDC Core §3.1.2.4: whether the user has agreed already", () => {
  test("nothing remembered is no agreement", () => {
    expect(findAgreement(confidential, request, [], "exact")).toEqual({ agreed: false, basedOn: null });
  });

  test("a remembered consent to the same is one", () => {
    expect(findAgreement(confidential, request, [covering], "exact")).toEqual({ agreed: true, basedOn: "remembered" });
  });

  test("a remembered consent to more is one, the first that covers counts", () => {
    const less = { ...covering, id: "less", grantedScope: ["openid"] };
    const more = { ...covering, id: "more", grantedScope: ["mail", ...covering.grantedScope] };
    expect(findAgreement(confidential, request, [less, more, covering], "exact").basedOn).toBe("more");
  });

  test.each([
    ["one scope less", { ...covering, grantedScope: ["openid"] }],
    ["one audience less", { ...covering, grantedAudience: [] }],
    ["an audience above it", { ...covering, grantedAudience: ["https://photos"] }],
    ["nothing", { ...covering, grantedScope: [], grantedAudience: [] }],
  ])("a remembered consent to %s is none", (_, remembered) => {
    expect(findAgreement(confidential, request, [remembered], "wildcard")).toEqual({ agreed: false, basedOn: null });
  });

  test("two consents that cover it only together are none", () => {
    const halves = [
      { ...covering, grantedScope: ["openid"] },
      { ...covering, grantedScope: ["photos.read"] },
    ];
    expect(findAgreement(confidential, request, halves, "exact").agreed).toBe(false);
  });

  test("a consent to a wildcard covers what it means, under that strategy only", () => {
    const wide = { ...covering, grantedScope: ["openid", "photos.*"] };
    expect(findAgreement(confidential, request, [wide], "wildcard").agreed).toBe(true);
    expect(findAgreement(confidential, request, [wide], "exact").agreed).toBe(false);
  });

  test("skip_consent is an agreement that rests on nothing", () => {
    const skipping = aClient({ skipConsent: true });
    expect(findAgreement(skipping, request, [], "exact")).toEqual({ agreed: true, basedOn: null });
  });

  describe("RFC 8252 §8.6: a public client's identity must be assured", () => {
    const custom = { ...request, redirectUri: "com.example.printer:/callback" };
    test("at a private-use scheme no remembered consent counts, nor skip_consent", () => {
      expect(findAgreement(publicClient, custom, [covering], "exact")).toEqual({ agreed: false, basedOn: null });
      expect(findAgreement({ ...publicClient, skipConsent: true }, custom, [], "exact").agreed).toBe(false);
    });

    test.each(["https://printer.example/callback", "http://127.0.0.1:53682/callback"])(
      "at %s it counts",
      (redirectUri) => {
        expect(findAgreement(publicClient, { ...request, redirectUri }, [covering], "exact").agreed).toBe(true);
      },
    );

    test("a confidential client proves who it is at the token endpoint", () => {
      expect(findAgreement(confidential, custom, [covering], "exact").agreed).toBe(true);
    });
  });
});

describe("RFC 6749 §3.3: a consent grants what was requested, or less", () => {
  test.each([
    ["all", request.scope, request.audience],
    ["some", ["openid"], []],
    ["nothing", [], []],
  ])("%s of it is granted", (_, scope, audience) => {
    expect(() => requireRequested(request, scope, audience)).not.toThrow();
  });

  test.each([
    ["another", "mail"],
    ["a wider", "photos.*"],
    ["an empty", ""],
    ["a nearly equal", "OpenID"],
    ["one that no header could carry", `"\n${"😀".repeat(100)}`],
  ])("%s scope is refused", (_, scope) => {
    expect(() => requireRequested(request, ["openid", scope], [])).toThrow(refused("invalid_request", "grant_scope"));
  });

  test.each([
    ["another", "https://mail.example"],
    ["a deeper", "https://photos.example/x"],
    ["one that no header could carry", `"${"😀".repeat(100)}`],
  ])("RFC 8707 §2: %s audience is refused", (_, audience) => {
    expect(() => requireRequested(request, [], [audience])).toThrow(
      refused("invalid_request", "grant_access_token_audience"),
    );
  });
});
