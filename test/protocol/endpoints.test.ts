import { expect, test } from "vitest";
import { below } from "../../src/protocol/endpoints.ts";

test.each([
  ["https://id.example", "https://id.example/oauth2/token"],
  ["https://id.example/", "https://id.example/oauth2/token"],
  ["https://id.example/sso", "https://id.example/sso/oauth2/token"],
  ["https://id.example/sso/", "https://id.example/sso/oauth2/token"],
])("below %s", (base, url) => {
  expect(below(base, "/oauth2/token")).toBe(url);
});
