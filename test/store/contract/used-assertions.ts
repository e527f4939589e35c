/** UsedAssertionStore: RFC 7523 §3, each assertion once. */
import { expect, test } from "vitest";
import { aDigest, after } from "../../support/nouns.ts";
import { racing, type StoreOf } from "./world.ts";

export function usedAssertionsContract(store: StoreOf): void {
  test("an assertion is used once", async () => {
    const assertion = aDigest();
    expect(await store().usedAssertions.use(assertion, after(60))).toBe(true);
    expect(await store().usedAssertions.use(assertion, after(60))).toBe(false);
    expect(await store().usedAssertions.use(aDigest(), after(60))).toBe(true);
  });

  test("of twenty that use one assertion, one may", async () => {
    const assertion = aDigest();
    const answers = await racing(() => store().usedAssertions.use(assertion, after(60)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
}
