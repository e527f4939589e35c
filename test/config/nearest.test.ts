import { expect, it } from "vitest";
import { nearest } from "../../src/config/nearest.ts";

const known = ["serve.public.port", "serve.admin.port", "ttl.access_token"];

it("a slip of the finger finds the word that was meant", () => {
  expect(nearest("serve.pubic.port", known)).toBe("serve.public.port");
  expect(nearest("ttl.accesstoken", known)).toBe("ttl.access_token");
  expect(nearest("TTL.ACCESS_TOKEN", known)).toBe("ttl.access_token");
});

it("a word that is like nothing suggests nothing", () => {
  expect(nearest("quux", known)).toBeUndefined();
  expect(nearest("", known)).toBeUndefined();
});
