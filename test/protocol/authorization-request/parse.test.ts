import { describe, expect, test } from "vitest";
import { parseRequest, requireResponseTarget } from "../../../src/protocol/authorization-request/parse.ts";
import type { Client } from "../../../src/protocol/client.ts";
import { encodePairs } from "../../../src/protocol/redirect-uri.ts";
import { aClient } from "../../support/nouns.ts";
import { refused } from "../refused.ts";

const callback = "https://printer.example/callback";
type Pairs = ReadonlyArray<readonly [string, string]>;

function target(pairs: Pairs, client: Client = aClient(), dev = false) {
  return requireResponseTarget(client, parseRequest(encodePairs(pairs)), dev);
}

describe("RFC 6749 §4.1.2.1: until the redirect URI is known to be the client's nothing goes there", () => {
  test.each(["client_id", "redirect_uri", "login_verifier", "consent_verifier"])(
    "§3.1: %s sent twice is refused at once",
    (name) => {
      expect(() =>
        parseRequest(
          encodePairs([
            [name, "a"],
            [name, "a"],
          ]),
        ),
      ).toThrow(refused("invalid_request", name));
    },
  );

  test("another parameter sent twice is told, for the judge to refuse", () => {
    expect(parseRequest("scope=a&scope=b").repeated).toBe("scope");
    expect(parseRequest("resource=a&resource=b").repeated).toBeUndefined();
  });

  test("a redirect URI that is not registered is refused", () => {
    expect(() => target([["redirect_uri", `${callback}/x`]])).toThrow(refused("invalid_request"));
  });

  test.each([["javascript:alert(1)"], ["http://printer.example/"], ["https://printer.example/#x"]])(
    "%s is refused even where it was registered under laxer rules",
    (uri) => {
      const client = aClient({ redirectUris: [uri] });
      expect(() => target([["redirect_uri", uri]], client)).toThrow(refused("invalid_request"));
    },
  );

  test("in dev mode http leads anywhere", () => {
    const client = aClient({ redirectUris: ["http://printer.test/cb"] });
    expect(target([["redirect_uri", "http://printer.test/cb"]], client, true).redirectUri).toBe(
      "http://printer.test/cb",
    );
  });

  test("Form Post §2: a form cannot be posted to a private-use scheme", () => {
    const client = aClient({ redirectUris: ["com.example.printer:/callback"] });
    const pairs: Pairs = [["redirect_uri", "com.example.printer:/callback"]];
    expect(target(pairs, client).mode).toBe("query");
    expect(() => target([...pairs, ["response_mode", "form_post"]], client)).toThrow(refused("invalid_request"));
  });
});

describe("RFC 6749 §3.1.2.3: a redirect URI left out", () => {
  test.each<[string, Pairs]>([
    ["not sent", [["scope", "photos.read"]]],
    ["sent empty", [["redirect_uri", ""]]],
  ])("%s means the only registered one", (_, pairs) => {
    expect(target(pairs)).toMatchObject({ redirectUri: callback, redirectUriSent: false });
  });

  test("sent is remembered as sent: RFC 6749 §4.1.3", () => {
    expect(target([["redirect_uri", callback]])).toMatchObject({ redirectUri: callback, redirectUriSent: true });
  });

  test.each<[string, readonly string[], Pairs]>([
    ["is refused when there are two", [callback, "https://other.example/"], []],
    ["is refused when there is none", [], []],
    ["OIDC Core §3.1.2.1: is refused with the scope openid", [callback], [["scope", "photos.read openid"]]],
  ])("%s", (_, redirectUris, pairs) => {
    expect(() => target(pairs, aClient({ redirectUris }))).toThrow(refused("invalid_request"));
  });
});

describe("how an error is delivered before the request is judged", () => {
  const hybrid = aClient({ responseTypes: ["code", "id_token code", "token"] });
  test.each<[string, Pairs, string]>([
    ["nothing said", [], "query"],
    ["a code", [["response_type", "code"]], "query"],
    ["a token", [["response_type", "token"]], "fragment"],
    ["a registered hybrid type in another order", [["response_type", "code id_token"]], "fragment"],
    ["a type that is not registered", [["response_type", "id_token"]], "query"],
    ["an unknown type", [["response_type", "magic"]], "query"],
    [
      "an unknown mode: the type's own",
      [
        ["response_type", "code"],
        ["response_mode", "magic"],
      ],
      "query",
    ],
    [
      "a code by fragment",
      [
        ["response_type", "code"],
        ["response_mode", "fragment"],
      ],
      "fragment",
    ],
    [
      "a code by form_post",
      [
        ["response_type", "code"],
        ["response_mode", "form_post"],
      ],
      "form_post",
    ],
    [
      "Multiple Response Types §2.1: a token by query",
      [
        ["response_type", "token"],
        ["response_mode", "query"],
      ],
      "fragment",
    ],
  ])("%s: by %s", (_, pairs, mode) => {
    expect(target(pairs, hybrid).mode).toBe(mode);
  });
});

describe("RFC 6749 §4.1.2.1: state is given back", () => {
  test.each(["x", 'ä😀 +%&=#"<>\r\n', "~!@#$%^&*()_+{}|:<>?".repeat(50)])("byte for byte: %.30j", (state) => {
    expect(target([["state", state]]).state).toBe(state);
  });

  test.each<[string, Pairs]>([
    ["absent", []],
    ["empty", [["state", ""]]],
    [
      "sent twice",
      [
        ["state", "a"],
        ["state", "b"],
      ],
    ],
    [
      "sent twice with the same value",
      [
        ["state", "a"],
        ["state", "a"],
      ],
    ],
    [
      "sent twice, after another that was sent twice",
      [
        ["nonce", "a"],
        ["nonce", "b"],
        ["state", "a"],
        ["state", "b"],
      ],
    ],
    [
      "sent twice, once empty",
      [
        ["state", ""],
        ["state", "b"],
      ],
    ],
  ])("but not when %s", (_, pairs) => {
    expect(target(pairs).state).toBeNull();
  });
});
