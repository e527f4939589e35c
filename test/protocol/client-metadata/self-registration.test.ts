import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClientMetadata, emptyClientMetadata } from "../../../src/protocol/client.ts";
import { ownMetadata, type SelfRegistrationPolicy } from "../../../src/protocol/client-metadata/self-registration.ts";
import { aClient } from "../../support/nouns.ts";
import { refused } from "../refused.ts";

const policy: SelfRegistrationPolicy = {
  scope: ["openid", "api.*"],
  audience: ["https://a.example", "https://b.example"],
  scopeStrategy: "wildcard",
  dev: false,
};
const usual = { ...emptyClientMetadata, redirectUris: ["https://app.example/cb"] };

function own(over: Partial<ClientMetadata>, present: ClientMetadata | null = null): ClientMetadata {
  return ownMetadata({ ...usual, ...over }, present, policy);
}

const words = fc.array(fc.constantFrom("openid", "api.read", "api", "admin", "api.*", "*"), { maxLength: 4 });
const audiences = fc.array(fc.constantFrom("https://a.example", "https://b.example", "https://c.example"));

describe("what a client says about itself", () => {
  test("never widens its scope or its audience beyond the operator's and what it has", () => {
    fc.assert(
      fc.property(words, audiences, words, audiences, (scope, audience, hadScope, hadAudience) => {
        const present = aClient({ scope: hadScope.join(" "), audience: hadAudience });
        let stored: ClientMetadata;
        try {
          stored = own({ scope: scope.join(" "), audience }, present);
        } catch (error) {
          expect(error).toEqual(refused("invalid_client_metadata"));
          return;
        }
        for (const word of stored.scope.split(" ")) {
          const may = ["openid", "api.*", "api.read", ...hadScope];
          expect(may.includes(word) || hadScope.includes("*")).toBe(true);
        }
        for (const one of stored.audience) expect([...policy.audience, ...hadAudience]).toContain(one);
      }),
    );
  });

  test("leaves what is an administrator's as it stands", () => {
    const present = aClient({
      owner: "us",
      metadata: { plan: "gold" },
      skipConsent: true,
      skipLogoutConsent: false,
      accessTokenStrategy: "jwt",
      lifespans: { implicit_grant_id_token: 60 },
    });
    const { owner, metadata, skipConsent, skipLogoutConsent, accessTokenStrategy, lifespans } = present;
    const reserved = { owner, metadata, skipConsent, skipLogoutConsent, accessTokenStrategy, lifespans };
    expect(own({}, present)).toMatchObject(reserved);
    expect(own({ ...reserved, metadata: {} }, present)).toMatchObject(reserved);
    for (const over of [{ lifespans: { implicit_grant_id_token: 61 } }, { skipLogoutConsent: true }, { owner: "me" }]) {
      expect(() => own(over, present)).toThrow(refused("invalid_client_metadata"));
    }
  });

  test("DCR-026, OIDC Core §8.1: does not change the kind of its subject identifiers", () => {
    const pairwise = aClient({ subjectType: "pairwise" });
    expect(own({}, pairwise).subjectType).toBe("pairwise");
    expect(own({ subjectType: "pairwise" }, pairwise).subjectType).toBe("pairwise");
    expect(() => own({ subjectType: "public" }, pairwise)).toThrow(refused("invalid_client_metadata", "subject_type"));
    expect(() => own({ subjectType: "pairwise" }, aClient())).toThrow(
      refused("invalid_client_metadata", "subject_type"),
    );
    expect(own({ subjectType: "pairwise" }).subjectType).toBe("pairwise");
  });

  test("gets all that the operator gives when it names nothing", () => {
    expect(own({})).toMatchObject({ scope: "openid api.*", audience: policy.audience });
    // An administrator's client that does not speak of its audience keeps it.
    expect(own({}, aClient({ audience: ["https://c.example"] })).audience).toContain("https://c.example");
  });

  test.each([
    ["הלקוח שלי", true],
    ["عميل", true],
    ["Zoë's ☕ shop", true],
    ["a\u0007b", false],
    ["a\u2066b", false],
    ["a\u2028b", false],
  ])("its name %j may be registered: %s", (name, may) => {
    const judge = () => own({ name });
    if (may) expect(judge().name).toBe(name);
    else expect(judge).toThrow(refused("invalid_client_metadata", "client_name"));
  });
});
