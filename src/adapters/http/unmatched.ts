/** Where no route answers: 405 with `Allow` for a known path, 404 for any other (RFC 9110 §15.5.5, §15.5.6). */
import { paths } from "../../protocol/endpoints.ts";
import { OAuthError } from "../../protocol/errors.ts";
import { errorReply } from "./errors.ts";
import type { HttpReply, Route } from "./message.ts";

/** `given` is the path as it was sent, without the `/admin` that the admin port may have added. */
export type Unmatched = (path: string, given: string) => HttpReply;

export function unmatched(port: "public" | "admin", routes: readonly Route[]): Unmatched {
  return (path, given) => {
    const methods = routes.filter((route) => hasSameLiterals(route.path, path)).map(({ method }) => method);
    return methods.length > 0 ? refuseMethod(methods) : refusePath(port, given);
  };
}

/** Whether the path is one of the template's, byte for byte outside the `{names}`. */
export function hasSameLiterals(template: string, path: string): boolean {
  const expected = template.split("/");
  const actual = path.split("/");
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => (segment.startsWith("{") ? actual[index] !== "" : segment === actual[index]))
  );
}

// Preflights come here too: OPTIONS is a method like any other as long as CORS is off.
function refuseMethod(methods: readonly string[]): HttpReply {
  const allow = [...new Set(methods)].sort().join(", ");
  const reply = errorReply(new OAuthError("method_not_allowed", `This path answers to ${allow}.`), false);
  return { ...reply, headers: { ...reply.headers, allow } };
}

// On the public port every unknown path has the same answer, so that nobody learns which paths the admin port has.
function refusePath(port: "public" | "admin", given: string): HttpReply {
  const isPublic = Object.values<string>(paths).includes(given) || given.startsWith("/oauth2/fallbacks/");
  const hint =
    port === "public"
      ? "Nothing is served at this path of the public port. The admin API is served on the admin port."
      : isPublic
        ? "This path belongs to the public port, and this is the admin port."
        : "Nothing is served at this path of the admin port.";
  return errorReply(new OAuthError("not_found", hint), false);
}

/** Puts the missing `/admin` before the paths that have it, as Hydra does; the old SDKs leave it out. */
export function adminPaths(routes: readonly Route[]): (path: string) => string {
  const known = new Set(
    routes.filter(({ path }) => path.startsWith("/admin/")).map(({ path }) => path.split("/")[2] ?? ""),
  );
  return (path) => (known.has(path.split("/", 2)[1] ?? "") ? `/admin${path}` : path);
}
