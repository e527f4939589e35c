/** Patterns for whole URLs, in the language of Hydra's `clients.http.private_ip_exception_urls`. */

/**
 * `*` is any text without `.` and `/`, `**` any text, `?` one character that is neither, `[ab]`, `[a-z]` and `[!ab]` one
 * of a class, `{a,b}` alternatives, and `\` takes the next character as it is. A pattern matches the whole URL or not.
 */
export function urlGlob(pattern: string): (url: string) => boolean {
  const expression = new RegExp(`^(?:${translate(pattern)})$`, "u");
  return (url) => expression.test(url);
}

const tokens = /\*\*+|\*|\?|\[!?[^\]]+\]|\{|\}|,|\\.|./gsu;

function translate(pattern: string): string {
  let depth = 0;
  let expression = "";
  for (const [token] of pattern.matchAll(tokens)) {
    if (token === "{") depth += 1;
    if (token === "}") depth -= 1;
    if (depth < 0) throw unreadable(pattern);
    expression += translateToken(token, depth);
  }
  if (depth !== 0) throw unreadable(pattern);
  return expression;
}

function translateToken(token: string, depth: number): string {
  if (token.startsWith("**")) return ".*";
  if (token === "*") return "[^./]*";
  if (token === "?") return "[^./]";
  if (token === "{") return "(?:";
  if (token === "}") return ")";
  if (token === "," && depth > 0) return "|";
  if (token.length > 1 && token.startsWith("[")) return toClass(token);
  const literal = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function toClass(token: string): string {
  const negated = token.startsWith("[!");
  const members = token.slice(negated ? 2 : 1, -1).replaceAll(/[\\^[\]]/g, "\\$&");
  return `[${negated ? "^" : ""}${members}]`;
}

function unreadable(pattern: string): Error {
  return new Error(`The URL pattern '${pattern}' has braces that do not match.`);
}
