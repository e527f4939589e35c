import { refuse } from "./errors.ts";

/** The one check that every text from outside goes through: well-formed Unicode and no NUL. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

/** Refuses a text that a database or a header could not carry; `name` says which one it was. */
export function requireCleanText(text: string, name: string): string {
  if (!isCleanText(text)) {
    refuse("invalid_request", `The value of '${name}' must be well-formed Unicode without NUL characters.`, {
      field: name,
    });
  }
  return text;
}

/** A caller's own text as an error may repeat it: bounded, in the characters of RFC 6749 §5.2. */
export function quotable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "?");
}

/** A plain decimal number of digits only, or undefined: `Number("")` is 0 and `Number("1e3")` is 1000. */
export function parseDigits(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
