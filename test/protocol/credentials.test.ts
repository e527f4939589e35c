import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCredentials } from "../../src/protocol/credentials.ts";
import { jwtBearerAssertionType } from "../../src/protocol/names.ts";
import { parseParameters } from "../../src/protocol/parameters.ts";
import { encodePairs } from "../../src/protocol/redirect-uri.ts";
import { cleanText } from "./clean-text.ts";
import { refused } from "./refused.ts";

type Pairs = ReadonlyArray<readonly [string, string]>;

function read(authorization: string | undefined, pairs: Pairs = []) {
  return readCredentials(authorization, parseParameters(encodePairs(pairs)));
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** RFC 6749 §2.3.1: both parts form-encoded. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => encodePairs([["x", text]]).slice(2);
  return `Basic ${base64(`${encode(id)}:${encode(secret)}`)}`;
}

const assertion: Pairs = [
  ["client_assertion_type", jwtBearerAssertionType],
  ["client_assertion", "a.b.c"],
];

describe("RFC 6749 §2.3.1: a client's password", () => {
  test("is read from HTTP Basic", () => {
    expect(read("Basic YTpi")).toEqual({ method: "client_secret_basic", clientId: "a", secret: "b" });
  });

  test.each(["basic YTpi", "BASIC YTpi", "Basic   YTpi"])(
    "RFC 7617 §2: the scheme's case does not matter: %s",
    (header) => {
      expect(read(header)).toMatchObject({ method: "client_secret_basic", clientId: "a" });
    },
  );

  test("is read from the body", () => {
    const form: Pairs = [
      ["client_id", "a"],
      ["client_secret", "b"],
    ];
    expect(read(undefined, form)).toEqual({ method: "client_secret_post", clientId: "a", secret: "b" });
  });

  test("both parts are form-decoded, and only the first colon divides", () => {
    expect(read(basic("a:b", "p%+ ä:😀"))).toMatchObject({ clientId: "a:b", secret: "p%+ ä:😀" });
    expect(read(`Basic ${base64("a:b:c")}`)).toMatchObject({ clientId: "a", secret: "b:c" });
  });

  test("a raw percent sign is refused, not guessed at", () => {
    expect(() => read(`Basic ${base64("a:100%")}`)).toThrow(refused("invalid_client"));
  });

  test("any id and secret come back as they were sent", () => {
    const text = cleanText.filter((value) => value !== "");
    fc.assert(
      fc.property(text, text, (clientId, secret) => {
        expect(read(basic(clientId, secret))).toEqual({ method: "client_secret_basic", clientId, secret });
      }),
    );
  });

  test.each([
    ["nothing", ""],
    ["the scheme alone", "Basic"],
    ["the scheme and a space", "Basic "],
    ["another scheme", "Bearer YTpi"],
    ["no colon", `Basic ${base64("a")}`],
    ["no client", `Basic ${base64(":b")}`],
    ["what is no base64", "Basic a:b"],
    ["base64url", `Basic ${base64("a:\u00ff\u00fe\u00ff").replaceAll("/", "_").replaceAll("+", "-")}_-`],
    ["an impossible length", "Basic YTpiY"],
    ["missing padding", `Basic ${base64("a:bb").replace(/=+$/, "")}`],
    ["superfluous padding", "Basic YTpi="],
    ["stray bits at the end", "Basic YTpiYh=="],
    ["two values", "Basic YTpi, Basic YTpi"],
    ["what is no UTF-8", `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString("base64")}`],
    ["broken percent-encoding", `Basic ${base64("a:%4")}`],
    ["NUL", `Basic ${base64("a:%00")}`],
    ["a newline at the end", "Basic YTpi\n"],
  ])("RFC 7617: a header with %s is refused and never read as a public client", (_, header) => {
    expect(() => read(header, [["client_id", "a"]])).toThrow(refused("invalid_client"));
  });

  test("any header is read or refused with invalid_client", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `Basic ${text}`),
        ),
        (header) => {
          try {
            expect(read(header)).toMatchObject({ clientId: expect.stringMatching(/./s) });
          } catch (error) {
            expect(error).toEqual(refused("invalid_client"));
          }
        },
      ),
    );
  });

  test("a secret of 1 MiB is refused before anybody hashes it", () => {
    const secret = "x".repeat(1024 * 1024);
    expect(() => read(basic("a", secret))).toThrow(refused("invalid_client"));
    expect(() =>
      read(undefined, [
        ["client_id", "a"],
        ["client_secret", secret],
      ]),
    ).toThrow(refused("invalid_client"));
  });
});

describe("RFC 6749 §2.3: exactly one way of authentication", () => {
  const secret: Pairs = [
    ["client_id", "a"],
    ["client_secret", "b"],
  ];
  test.each([
    ["Basic and a secret in the body", "Basic YTpi", secret],
    ["Basic and an assertion", "Basic YTpi", assertion],
    ["a secret in the body and an assertion", undefined, [...secret, ...assertion]],
    ["Basic without a secret, and one in the body", "Basic YTo=", secret],
    ["all three", "Basic YTpi", [...secret, ...assertion]],
  ])("%s are refused", (_, header, form) => {
    expect(() => read(header, form)).toThrow(refused("invalid_request"));
  });

  test("§3.2: an empty client_secret beside another way is as if it were not sent", () => {
    expect(read("Basic YTpi", [["client_secret", ""]])).toMatchObject({ method: "client_secret_basic" });
    expect(read(undefined, [...assertion, ["client_secret", ""]])).toMatchObject({ method: "private_key_jwt" });
    expect(read(undefined, [...secret, ["client_assertion", ""], ["client_assertion_type", ""]])).toMatchObject({
      method: "client_secret_post",
    });
  });

  test("Basic for one client and the client_id of another are refused", () => {
    expect(() => read("Basic YTpi", [["client_id", "b"]])).toThrow(refused("invalid_request"));
  });

  test("Basic with the same client_id is accepted", () => {
    expect(read("Basic YTpi", [["client_id", "a"]])).toMatchObject({ clientId: "a" });
  });
});

describe("RFC 6749 §3.2.1: a client without authentication", () => {
  test.each<[string, string | undefined, Pairs]>([
    ["client_id alone", undefined, [["client_id", "a"]]],
    [
      "an empty client_secret",
      undefined,
      [
        ["client_id", "a"],
        ["client_secret", ""],
      ],
    ],
    ["Basic with an empty password", "Basic YTo=", []],
  ])("is named by %s", (_, header, form) => {
    expect(read(header, form)).toEqual({ method: "none", clientId: "a" });
  });

  test.each<[string, Pairs]>([
    ["nothing at all", []],
    ["an empty client_id", [["client_id", ""]]],
    ["a secret and no client_id", [["client_secret", "b"]]],
  ])("%s is invalid_client", (_, form) => {
    expect(() => read(undefined, form)).toThrow(refused("invalid_client"));
  });
});

describe("RFC 7521 §4.2: a client's assertion", () => {
  test("is read with or without a client_id", () => {
    expect(read(undefined, assertion)).toEqual({ method: "private_key_jwt", clientId: undefined, assertion: "a.b.c" });
    expect(read(undefined, [...assertion, ["client_id", "a"]])).toMatchObject({ clientId: "a" });
  });

  test.each<[string, Pairs, "invalid_client" | "invalid_request"]>([
    ["without a type", [["client_assertion", "a.b.c"]], "invalid_client"],
    [
      "of an empty type",
      [
        ["client_assertion", "a.b.c"],
        ["client_assertion_type", ""],
      ],
      "invalid_client",
    ],
    [
      "of another type",
      [
        ["client_assertion", "a.b.c"],
        ["client_assertion_type", "urn:x"],
      ],
      "invalid_client",
    ],
    ["that is missing", [["client_assertion_type", jwtBearerAssertionType]], "invalid_request"],
    [
      "that is empty",
      [
        ["client_id", "a"],
        ["client_assertion_type", jwtBearerAssertionType],
        ["client_assertion", ""],
      ],
      "invalid_request",
    ],
  ])("%s is refused", (_, form, code) => {
    expect(() => read(undefined, form)).toThrow(refused(code));
  });
});
