/** The two ways into `/oauth2/auth`: a fresh request, or a browser that comes back with a verifier. */
import type { Ports } from "../../ports/ports.ts";
import { parseRequest } from "../../protocol/authorization-request/parse.ts";
import type { AuthorizeAnswer, Browser } from "../../protocol/browser.ts";
import { begin } from "./begin.ts";
import { resumeConsent } from "./resume-consent.ts";
import { resumeLogin } from "./resume-login.ts";

export interface AuthorizeRequest {
  /** Query and form, joined by `&`. */
  readonly parameters: string;
  /** The whole URL with every parameter, as the operator publishes it. */
  readonly requestUrl: string;
  readonly browser: Browser;
  readonly now: Date;
}

export async function authorize(request: AuthorizeRequest, ports: Ports): Promise<AuthorizeAnswer> {
  const parsed = parseRequest(request.parameters);
  const returning = { browser: request.browser, now: request.now };
  const loginVerifier = parsed.parameters.get("login_verifier");
  if (loginVerifier !== undefined) return resumeLogin({ ...returning, verifier: loginVerifier }, ports);
  const consentVerifier = parsed.parameters.get("consent_verifier");
  if (consentVerifier !== undefined) return resumeConsent({ ...returning, verifier: consentVerifier }, ports);
  return begin({ ...returning, parsed, requestUrl: request.requestUrl }, ports);
}
