/** A form or a query, read strictly: no parameter twice (RFC 6749 §3.1), everything bounded. */
import { refuse } from "./errors.ts";
import { isCleanText, quotable } from "./text.ts";

/** Names that may be repeated: RFC 8707 §2 for `resource`, Hydra for `audience`. */
const repeatable = new Set(["resource", "audience"]);
const maxParameters = 200;

export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /** The value, or undefined. RFC 6749 §3.1: a parameter without a value is as if it were not there. */
  get(name: string): string | undefined {
    const value = this.#values.get(name)?.[0];
    return value === "" ? undefined : value;
  }

  /** The value, or a refusal that names the parameter. */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) {
      refuse("invalid_request", `The parameter '${name}' is missing or empty.`, { field: name });
    }
    return value;
  }

  /** Every value of a repeatable parameter, empty ones left out. */
  all(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value !== "");
  }

  /** Whether the parameter was sent at all, even without a value. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }
}

/**
 * Parses `application/x-www-form-urlencoded` text (WHATWG URL §5.1, but strict): broken percent-encoding,
 * malformed UTF-8, NUL, a raw semicolon, a repeated parameter or too many of them are `invalid_request`.
 */
export function parseParameters(text: string): Parameters {
  const { values, repeated } = readPairs(text);
  if (repeated !== undefined) {
    refuse("invalid_request", `The parameter '${quotable(repeated)}' was sent more than once.`, { field: repeated });
  }
  return new Parameters(values);
}

/** As `parseParameters`, but a repeated name is told, not refused: the authorization endpoint judges it itself. */
export function readPairs(text: string): { values: Map<string, string[]>; repeated: string | undefined } {
  // Some readers divide pairs at semicolons: what means two things is refused (D36).
  if (text.includes(";")) refuse("invalid_request", "A semicolon in the parameters must be percent-encoded.");
  const values = new Map<string, string[]>();
  let repeated: string | undefined;
  let count = 0;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    count += 1;
    if (count > maxParameters) refuse("invalid_request", `More than ${maxParameters} parameters were sent.`);
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
    const earlier = values.get(name);
    if (earlier === undefined) values.set(name, [value]);
    else {
      earlier.push(value);
      if (!repeatable.has(name)) repeated ??= name;
    }
  }
  return { values, repeated };
}

function decode(text: string): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text.includes("+") ? text.replaceAll("+", " ") : text);
  } catch (cause) {
    refuse("invalid_request", "The parameters are not valid percent-encoded UTF-8.", { cause });
  }
  if (!isCleanText(plain)) refuse("invalid_request", "The parameters must not hold NUL characters.");
  return plain;
}
