/** TrustedIssuerStore: a key once per issuer and subject, found by what an assertion says of itself. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { TrustedIssuer } from "../../../src/protocol/trusted-issuer.ts";
import { aDigest, after, start } from "../../support/nouns.ts";
import { racing, type StoreOf } from "./world.ts";

export function aTrust(over: Partial<TrustedIssuer> = {}): TrustedIssuer {
  const kid = over.kid ?? "a-key";
  return {
    id: randomUUID(),
    issuer: `https://${randomUUID()}.example`,
    subject: "alice",
    allowAnySubject: false,
    scope: ["read", "write"],
    kid,
    publicJwk: { kty: "OKP", crv: "Ed25519", kid, x: aDigest() },
    createdAt: start,
    expiresAt: after(3600),
    ...over,
  };
}

const anybody = { subject: "", allowAnySubject: true };

export function trustedIssuersContract(store: StoreOf): void {
  const trusts = () => store().trustedIssuers;
  const trusted = async (over: Partial<TrustedIssuer> = {}): Promise<TrustedIssuer> => {
    const trust = aTrust(over);
    expect(await trusts().create(trust)).toBe(true);
    return trust;
  };

  test("a trust is found as it was made, until it is deleted", async () => {
    const [one, other] = [await trusted(), await trusted({ scope: [], ...anybody })];
    expect(await trusts().find(one.id)).toEqual(one);
    expect(await trusts().find(other.id)).toEqual(other);
    expect(await trusts().delete(one.id)).toBe(true);
    expect(await trusts().delete(one.id)).toBe(false);
    expect(await trusts().find(one.id)).toBeUndefined();
    for (const id of ["", "no-uuid", randomUUID()]) {
      expect(await trusts().find(id)).toBeUndefined();
      expect(await trusts().delete(id)).toBe(false);
    }
  });

  test("issuer, subject and key together are trusted once, however many try", async () => {
    const { issuer } = await trusted();
    expect(await trusts().create(aTrust({ issuer }))).toBe(false);
    await trusted({ issuer, subject: "bob" });
    await trusted({ issuer, kid: "another" });
    await trusted({ issuer, ...anybody });
    const another = aTrust();
    const answers = await racing(() => trusts().create({ ...another, id: randomUUID() }));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test("candidates are of the issuer, for the subject or any, of the key if it is named, and not over", async () => {
    const { issuer, id } = await trusted({ expiresAt: after(60) });
    const any = await trusted({ issuer, ...anybody });
    const second = await trusted({ issuer, kid: "second", createdAt: after(1) });
    await trusted({ issuer, subject: "bob" });
    await trusted();
    const found = async (kid: string | null, seconds: number, subject = "alice") =>
      (await trusts().candidates({ issuer, subject, kid }, after(seconds))).map((one) => one.id);
    expect(await found(null, 59)).toEqual([second.id, id, any.id]);
    expect(await found(null, 60)).toEqual([second.id, any.id]);
    expect(await found("a-key", 59)).toEqual([id, any.id]);
    expect(await found("a-key", 59, "Alice")).toEqual([any.id]);
    expect(await found("third", 59)).toEqual([]);
    await trusts().delete(any.id);
    expect(await found("a-key", 60)).toEqual([]);
  });

  test("the list goes by age and id, of one issuer or of all, page by page", async () => {
    const { issuer, ...first } = await trusted({ createdAt: after(1) });
    const rest = [];
    for (const subject of ["a", "b", "c"]) rest.push(await trusted({ issuer, subject, createdAt: after(2) }));
    const expected = [first.id, ...rest.map(({ id }) => id).toSorted()];
    const paged: string[] = [];
    for (let last: { createdAt: Date; id: string } | null = null; ; ) {
      const page: TrustedIssuer[] = await trusts().list({ issuer, after: last, limit: 3 });
      paged.push(...page.map(({ id }) => id));
      last = page.at(-1) ?? null;
      if (last === null) break;
    }
    expect(paged).toEqual(expected);
    const all = await trusts().list({ issuer: null, after: null, limit: 1000 });
    expect(all.map(({ id }) => id).filter((id) => expected.includes(id))).toEqual(expected);
  });

  test("one that is over is kept for thirty days, and goes then", async () => {
    const { id } = await trusted({ expiresAt: after(60) });
    const sweep = store().cleaning.sweeps.find(({ name }) => name === "trusted_issuers");
    await sweep?.step(after(30 * 86_400 + 59), 1000);
    expect(await trusts().find(id)).toBeDefined();
    await sweep?.step(after(30 * 86_400 + 60), 1000);
    expect(await trusts().find(id)).toBeUndefined();
  });
}
