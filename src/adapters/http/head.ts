/** HEAD, wherever GET is answered and changes nothing: the same without the body (RFC 9110 §9.1, §9.3.2). */
import { paths } from "../../protocol/endpoints.ts";
import type { Route } from "./message.ts";

/** D37: where a GET takes the browser a step further, looking is not allowed. */
const moving: ReadonlySet<string> = new Set([paths.authorization, paths.deviceVerification, paths.endSession]);

export function withHead(routes: readonly Route[]): Route[] {
  const heads = new Set(routes.filter(({ method }) => method === "HEAD").map(({ path }) => path));
  const added = routes
    .filter(({ method, path }) => method === "GET" && !moving.has(path) && !heads.has(path))
    .map(({ path, endpoint }): Route => {
      return { method: "HEAD", path, endpoint: (request) => endpoint({ ...request, method: "GET" }) };
    });
  return [...routes, ...added];
}
