/** A user comes to let a device in, and comes back from the page that asked for its code: `GET /oauth2/device/verify`. */
import type { Ports } from "../../ports/ports.ts";
import type { AuthorizationRequest } from "../../protocol/authorization-request/request.ts";
import type { AuthorizeAnswer, Browser } from "../../protocol/browser.ts";
import { type DeviceCode, type PresentedDeviceCode, requireDeviceAllowed } from "../../protocol/device-code.ts";
import { digest } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { newFlowCookie, superfluousFlowCookies } from "../../protocol/flow-cookie.ts";
import { after } from "../../protocol/lifespan.ts";
import { nextStep } from "../../protocol/next-step.ts";
import { parseParameters } from "../../protocol/parameters.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";
import { askLogin } from "../authorize/begin.ts";
import { devicePage } from "../authorize/pages.ts";
import { rememberedSession, requireOwnCookie } from "../authorize/state.ts";
import { withProvenClient } from "../clients/proven.ts";
import { verificationUrl, verifierUrl } from "./urls.ts";

export interface VerificationRequest {
  /** The query, as sent. */
  readonly parameters: string;
  readonly browser: Browser;
  readonly now: Date;
}

interface Visit {
  readonly browser: Browser;
  readonly now: Date;
}

export async function verifyDevice(request: VerificationRequest, ports: Ports): Promise<AuthorizeAnswer> {
  const parameters = parseParameters(request.parameters);
  const { browser, now } = request;
  const verifier = parameters.get("device_verifier");
  if (verifier === undefined) return askUserCode(parameters.get("user_code"), { browser, now }, ports);
  const prompt = parameters.get("prompt") === "login" ? ["login"] : [];
  return resume({ verifier, prompt, browser, now }, ports);
}

/** RFC 8628 §3.3: the user types the code, or it came with the URL and has to be confirmed (§3.3.1). */
async function askUserCode(userCode: string | undefined, { browser, now }: Visit, ports: Ports) {
  const { config, random, secrets, store } = ports;
  const id = random.id();
  const cookie = newFlowCookie(id, now, random.text(16));
  await store.deviceChallenges.begin({
    id,
    cookieDigest: digest(cookie.value),
    prefilled: userCode !== undefined,
    expiresAt: after(now, config["ttl.login_consent_request"]),
  });
  const challenge = ["device_challenge", secrets.handle(id, "device_challenge")] as const;
  const told = userCode === undefined ? [challenge] : [challenge, ["user_code", userCode.slice(0, 256)] as const];
  const expired = superfluousFlowCookies(browser.flowCookies).map(
    (suffix) => ({ cookie: "flow", suffix, value: null }) as const,
  );
  const cookies = [...expired, { cookie: "flow", ...cookie } as const];
  return { kind: "interact", location: withQuery(devicePage(ports), told), cookies } as const;
}

interface Resumed extends Visit {
  readonly verifier: string;
  readonly prompt: readonly string[];
}

/** From here on it is a flow like a client's, only that its end is the device's. Each time the verifier comes, anew. */
async function resume({ verifier, prompt, browser, now }: Resumed, ports: Ports): Promise<AuthorizeAnswer> {
  const { config, secrets, store } = ports;
  const id = secrets.openHandle(verifier, "device_verifier");
  if (id === undefined) refuse("access_denied", "The 'device_verifier' is not known.");
  const challenge = await store.deviceChallenges.find(id);
  // A flow that came too late begins anew here (D46): it is the device's code that must not have expired.
  if (challenge === undefined) refuse("request_unauthorized", "The request has expired, please begin again.");
  requireOwnCookie(id, challenge.cookieDigest, browser);
  if (challenge.deviceCodeDigest === null) refuse("access_denied", "No device's code was entered.");
  const code = requireWaiting(await store.deviceCodes.find(challenge.deviceCodeDigest), now);
  return withProvenClient(code.clientId, ports, async (client) => {
    if (client === undefined) refuse("invalid_client", "The requested OAuth 2.0 Client does not exist.");
    requireDeviceAllowed(client, code, config["strategies.scope"]);
    const session = await rememberedSession(browser, now, ports);
    const step = nextStep({
      prompt,
      maxAge: null,
      now,
      remembered: session === undefined ? null : { ...session, hinted: true },
      login: null,
      agreed: null,
      consentAnswered: false,
    });
    const skipped = step.kind === "ask_login" && step.skip ? session : undefined;
    const restartUrl = verifierUrl(challenge.id, code.clientId, ports);
    const requestUrl = verificationUrl(challenge.prefilled, config);
    return askLogin(client, toRequest(code, { prompt, restartUrl, requestUrl }), { browser, now, skipped }, ports);
  });
}

function requireWaiting(code: PresentedDeviceCode | undefined, now: Date): DeviceCode {
  if (code?.state === "denied") refuse("access_denied", "The device was denied access.");
  if (code?.state === "accepted" || code?.state === "spent") {
    refuse("access_denied", "The device's code has already been used.");
  }
  if (code === undefined || code.expiresAt <= now) {
    refuse("request_unauthorized", "The device's code has expired. Let the device show a new one.");
  }
  return code;
}

interface Circumstances {
  readonly prompt: readonly string[];
  readonly restartUrl: string;
  readonly requestUrl: string;
}

function toRequest(code: DeviceCode, { prompt, restartUrl, requestUrl }: Circumstances): AuthorizationRequest {
  return {
    clientId: code.clientId,
    responseTypes: [],
    responseMode: "query",
    redirectUri: "",
    redirectUriSent: false,
    scope: code.scope,
    audience: code.audience,
    state: null,
    nonce: null,
    codeChallenge: null,
    prompt,
    maxAge: null,
    hintedSubject: null,
    oidcContext: { acrValues: [], uiLocales: [], display: "", loginHint: "", idTokenHintClaims: null },
    requestUrl,
    device: { codeDigest: code.digest, restartUrl },
  };
}
