/** The part of a granted audience that a token is asked for: RFC 8707 §2.2. */
import { admitsAudience, readAudience } from "../../protocol/audience.ts";
import { refuse } from "../../protocol/errors.ts";
import type { Parameters } from "../../protocol/parameters.ts";
import { quotable } from "../../protocol/text.ts";

/** What the form names must lie within the grant; a form that names nothing asks for the whole. */
export function narrowedAudience(granted: readonly string[], form: Parameters): readonly string[] {
  const wanted = readAudience(form);
  if (wanted.length === 0) return granted;
  const excess = wanted.find((audience) => !granted.some((allowed) => admitsAudience(allowed, audience)));
  if (excess !== undefined) {
    refuse("invalid_target", `The audience '${quotable(excess)}' was not granted.`, { field: "audience" });
  }
  return wanted;
}
