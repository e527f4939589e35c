import { expect, test } from "vitest";
import { subkeys } from "../../../src/adapters/keys/subkeys.ts";
import { userCodeDigests } from "../../../src/adapters/keys/user-codes.ts";

const digestsOf = (...secrets: string[]) => userCodeDigests(subkeys(secrets)).userCodeDigests("WDJBMJHT");

test("a user code is stored under a key: nobody finds it by trying all codes", () => {
  const [digest] = digestsOf("the secret of today");
  expect(digest).toMatch(/^[\w-]{43}$/);
  expect(digestsOf("another secret")).not.toContain(digest);
  expect(userCodeDigests(subkeys(["the secret of today"])).userCodeDigests("WDJBMJHX")).not.toContain(digest);
});

test("D52: a code from before the secrets were rotated is found", () => {
  const [old] = digestsOf("the secret of last year");
  const rotated = digestsOf("the secret of today", "the secret of last year");
  expect(rotated).toHaveLength(2);
  expect(rotated[0]).not.toBe(old);
  expect(rotated[1]).toBe(old);
});
