/** What a presented refresh token is, by its generation (RFC 9700 §4.14.2). */

export type Presentation = "current" | "reused" | "unknown";

/** Higher than the stored one happens only after a database was restored: refused, and nothing else (no theft). */
export function judgeGeneration(presented: number, current: number): Presentation {
  if (presented === current) return "current";
  return presented < current ? "reused" : "unknown";
}

/**
 * Whether an answer that was lost is asked for again: the token used last, within the grace period of its use. Its child
 * is unused, or the family's generation would be higher.
 */
export function isRetry(
  presented: number,
  family: { readonly generation: number; readonly rotatedAt: Date },
  { now, graceSeconds }: { readonly now: Date; readonly graceSeconds: number },
): boolean {
  const age = now.getTime() - family.rotatedAt.getTime();
  return graceSeconds > 0 && presented === family.generation - 1 && age <= graceSeconds * 1000;
}

/** RFC 6749 §4.1.2: a page submitted twice, not a theft: the right verifier within two seconds of the spend. */
export function isDoubleSubmit(spentAt: Date, now: Date, provenByVerifier: boolean): boolean {
  return provenByVerifier && now.getTime() - spentAt.getTime() <= 2000;
}
