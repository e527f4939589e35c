/** How the REST form speaks a refusal: `error` and `error_description` word for word as Hydra's clients know them (D55). */
import type { OAuthError, Refusal } from "../../../protocol/errors.ts";
import type { HttpReply } from "../../http/message.ts";

/** Where the words differ from the refusal's own code and message. */
export interface Words {
  /** The headers of an endpoint that a specification of OAuth owns, as Hydra writes them. */
  readonly oauth?: boolean;
  /** `error` of a body that cannot be read; `invalid_request` unless given. */
  readonly undecodable?: string;
  readonly refusals?: Readonly<Partial<Record<Refusal, Word>>>;
}

interface Word {
  readonly error: string;
  /** The refusal's own message unless given. */
  readonly description?: string;
}

const malformed = "The request was malformed or contained invalid parameters";
const flowNotFound = { error: "Not Found", description: "Unable to locate the requested resource" };

const rowWords = {
  not_found: { error: "Unable to locate the resource", description: "" },
  already_exists: {
    error: "Unable to insert or update resource because a resource with that value exists already",
    description: "",
  },
};

const clientWords: Words = { undecodable: malformed, refusals: { ...rowWords, invalid_request: { error: malformed } } };

const keyWords: Words = {
  undecodable: malformed,
  refusals: { ...rowWords, invalid_request: { error: "Bad Request" } },
};

/** By method, or by service for those of its methods that have no words of their own. */
const wordsByName: ReadonlyMap<string, Words> = new Map<string, Words>([
  ["tessera.admin.v1.ClientService", clientWords],
  ["tessera.admin.v1.KeyService", keyWords],
  [
    "tessera.admin.v1.KeyService/GetKeySet",
    { ...keyWords, refusals: { ...keyWords.refusals, not_found: flowNotFound } },
  ],
  ["tessera.admin.v1.TrustService", { refusals: { ...rowWords, invalid_request: { error: malformed } } }],
  ["tessera.admin.v1.TrustService/CreateTrustedIssuer", { undecodable: "error", refusals: rowWords }],
  ["tessera.admin.v1.TokenService/IntrospectToken", { oauth: true }],
  ["tessera.flow.v1.LoginFlowService", { refusals: { not_found: flowNotFound } }],
  ["tessera.flow.v1.ConsentFlowService", { refusals: { not_found: flowNotFound } }],
  ["tessera.flow.v1.DeviceFlowService", { refusals: { not_found: flowNotFound } }],
  ["tessera.flow.v1.LogoutFlowService", { refusals: { not_found: flowNotFound } }],
  ["tessera.flow.v1.ConsentFlowService/AcceptConsent", { undecodable: "error", refusals: { not_found: flowNotFound } }],
]);

/** The words of a method, by its name `package.Service/Method`. */
export function wordsOf(name: string): Words {
  return wordsByName.get(name) ?? wordsByName.get(name.slice(0, name.indexOf("/"))) ?? {};
}

/** The content type of an answer, and what else goes with it. */
export function contentHeaders({ oauth = false }: Words, contentType: string): Record<string, string> {
  return oauth
    ? { "content-type": "application/json;charset=UTF-8", pragma: "no-cache" }
    : { "content-type": contentType };
}

export function refusalReply(error: OAuthError, words: Words): HttpReply {
  const { refusals = {} } = words;
  const headers: Record<string, string> = {
    ...contentHeaders(words, "application/json"),
    "cache-control": "no-store",
  };
  const { redirectTo, retryAfterSeconds, spoken } = error.details;
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterSeconds));
  // RFC 9110 §11.6.1: who is told 401 is told how to authenticate.
  if (error.status.http === 401) headers["www-authenticate"] = "Bearer";
  if (error.code === "insufficient_scope") headers["www-authenticate"] = 'Bearer error="insufficient_scope"';
  const body = error.code === "gone" && redirectTo !== undefined ? { redirect_to: redirectTo } : undefined;
  const word = spoken === undefined ? refusals[error.code] : undefined;
  const text = (word?.description ?? error.message).replaceAll('"', "'");
  return {
    status: error.status.http,
    headers,
    body: JSON.stringify(body ?? { error: word?.error ?? error.error, error_description: text }),
  };
}
