/** `GET|POST /userinfo` (OIDC Core §5.3), a resource protected by a bearer token (RFC 6750). */
import { refuse } from "../../../protocol/errors.ts";
import type { JsonObject } from "../../../protocol/json.ts";
import { readBearer, requireNoTokenInUrl } from "../bearer.ts";
import { bearerErrorReply, noTokenReply, toOAuthError } from "../errors.ts";
import { readForm } from "../form.ts";
import type { Endpoint, HttpRequest } from "../message.ts";
import { jsonReply } from "../reply.ts";

type Told = { readonly claims: JsonObject; readonly jwt: null } | { readonly claims: null; readonly jwt: string };

export interface UserinfoOperations {
  readonly userinfo: (request: { readonly token: string; readonly now: Date }) => Promise<Told>;
}

export function userinfoEndpoint({ userinfo }: UserinfoOperations, dev: boolean): Endpoint {
  return async (request) => {
    try {
      const token = readToken(request);
      if (token === undefined) return noTokenReply();
      const { claims, jwt } = await userinfo({ token, now: request.now });
      const headers = { "cache-control": "no-store", pragma: "no-cache" };
      // OIDC Core §5.3.2: what is signed is told by its type.
      if (jwt !== null) return { status: 200, headers: { ...headers, "content-type": "application/jwt" }, body: jwt };
      return jsonReply(200, claims, headers);
    } catch (thrown) {
      const error = toOAuthError(thrown);
      if (error.status.http >= 500) throw thrown;
      return bearerErrorReply(error, dev);
    }
  };
}

function readToken(request: HttpRequest): string | undefined {
  requireNoTokenInUrl(request);
  const header = readBearer(request);
  const field = hasForm(request) ? readForm(request).get("access_token") : undefined;
  // RFC 6750 §2: no more than one way to transmit the token.
  if (header !== undefined && field !== undefined) {
    refuse("invalid_request", "The access token was sent both in the Authorization header and in the form.");
  }
  return header ?? field;
}

/** RFC 6750 §2.2: only in the body of a POST that is a form. */
function hasForm({ method, headers, body }: HttpRequest): boolean {
  return (
    method === "POST" && body !== "" && headers["content-type"]?.toLowerCase().includes("form-urlencoded") === true
  );
}
