/** The consent page: may this client do that in your name? */
import type { ConsentRequest } from "../gen/tessera/flow/v1/consent_flow_service_pb.js";
import { errorPage, noChallenge, staleForm } from "./error.ts";
import type { Flows } from "./flow-client.ts";
import { type Html, html, link } from "./html.ts";
import { page } from "./layout.ts";
import { only, type Page, type PageReply, type PageRequest, redirect } from "./listener.ts";
import type { PageParts } from "./parts.ts";
import { scopeWords } from "./scope-words.ts";
import { claimsFor, type User } from "./users.ts";
import { type WantedClaim, wantedClaims } from "./wanted-claims.ts";

export interface ConsentPages {
  readonly show: Page;
  readonly answer: Page;
}

const consentUrl = (challenge: string) => `/consent?consent_challenge=${encodeURIComponent(challenge)}`;

export function consentPages(parts: PageParts): ConsentPages {
  const { frame, flows, csrf } = parts;
  return {
    async show(request) {
      const challenge = only(request.query, "consent_challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      const consent = await read(flows, challenge);
      // What is remembered is a consent to scopes: what is asked by name is asked of the user, or not told.
      if (consent.skip) return accept(parts, consent, { scope: consent.requestedScope, claims: [], remember: false });
      return form(parts, request, consent);
    },

    async answer(request) {
      const challenge = only(request.form, "challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      if (!csrf.isGenuine(request, purpose(challenge), only(request.form, "csrf"))) {
        return errorPage(frame, staleForm(consentUrl(challenge)));
      }
      if (only(request.form, "answer") !== "accept") return reject(flows, challenge);
      const consent = await read(flows, challenge);
      const ticked = request.form.getAll("grant_scope");
      const tickedClaims = request.form.getAll("grant_claim");
      const wanted = wantedClaims(consent, userOf(parts, consent)).map(({ name }) => name);
      return accept(parts, consent, {
        scope: consent.requestedScope.filter((scope) => scope === "openid" || ticked.includes(scope)),
        claims: wanted.filter((name) => tickedClaims.includes(name)),
        remember: request.form.has("remember"),
      });
    },
  };
}

const purpose = (challenge: string) => `consent ${challenge}`;

async function read(flows: Flows, challenge: string): Promise<ConsentRequest> {
  const { consent } = await flows.consent.getConsent({ consentChallenge: challenge });
  if (consent === undefined) throw new Error("The server answered without a consent request.");
  return consent;
}

interface Granted {
  readonly scope: readonly string[];
  readonly claims: readonly string[];
  readonly remember: boolean;
}

function userOf({ users }: PageParts, { subject }: ConsentRequest): User | undefined {
  return users.find((user) => user.subject === subject);
}

async function accept(parts: PageParts, consent: ConsentRequest, granted: Granted): Promise<PageReply> {
  const { redirectTo } = await parts.flows.consent.acceptConsent({
    consentChallenge: consent.challenge,
    consent: {
      grantScope: [...granted.scope],
      grantAccessTokenAudience: consent.requestedAccessTokenAudience,
      session: { idToken: claimsFor(userOf(parts, consent), granted.scope, granted.claims) },
      remember: granted.remember,
      // 0: until it is revoked.
      rememberFor: 0,
    },
  });
  return redirect(redirectTo);
}

async function reject(flows: Flows, challenge: string): Promise<PageReply> {
  const { redirectTo } = await flows.consent.rejectConsent({
    consentChallenge: challenge,
    rejection: { error: "access_denied", errorDescription: "The user did not allow the access." },
  });
  return redirect(redirectTo);
}

function form(parts: PageParts, request: PageRequest, consent: ConsentRequest): PageReply {
  const { token, setCookie } = parts.csrf.issue(request, purpose(consent.challenge));
  const client = consent.client?.clientName || consent.client?.clientId || "an application";
  const body = html`<h1 id="consent-title">Allow ${client}?</h1>
<p class="lead">You are signed in as <strong>${consent.subject}</strong>. The application asks to:</p>
<form method="post" action="/consent">
<input type="hidden" name="challenge" value="${consent.challenge}">
<input type="hidden" name="csrf" value="${token}">
<ul class="scopes">
${consent.requestedScope.map(scopeRow)}
${wantedClaims(consent, userOf(parts, consent)).map(claimRow)}
${consent.requestedAccessTokenAudience.map(audienceRow)}
</ul>
${!isDevice(consent) && rememberBox}
<div class="actions">
<button class="main" id="accept" name="answer" value="accept">Allow</button>
<button id="reject" name="answer" value="reject">Deny</button>
</div>
</form>
${destination(consent)}
${documents(consent)}`;
  return page({ ...parts.frame, title: `Allow ${client}?`, body, setCookie });
}

// A device is always asked for anew.
const rememberBox = html`<label class="check" for="remember"><input type="checkbox" id="remember" name="remember" value="1">
<span>Remember my decision</span></label>`;

function scopeRow(scope: string, index: number): Html {
  const { title, meaning } = scopeWords(scope);
  const words = html`<span><strong>${title}</strong> <small>${meaning}</small></span>`;
  // Without it there is no sign-in: who does not want that denies.
  if (scope === "openid") return html`<li><div><span class="mark" aria-hidden="true">✓</span>${words}</div></li>`;
  return html`<li><label for="scope-${index}">
<input type="checkbox" id="scope-${index}" name="grant_scope" value="${scope}" checked>${words}</label></li>`;
}

function claimRow({ name, essential }: WantedClaim): Html {
  const meaning = essential ? "The application says that it needs this" : "The application would like to know this";
  return html`<li><label for="claim-${name}">
<input type="checkbox" id="claim-${name}" name="grant_claim" value="${name}" checked>
<span><strong>Know your ${name.replaceAll("_", " ")}</strong> <small>${meaning}</small></span></label></li>`;
}

function audienceRow(audience: string): Html {
  return html`<li><div><span class="mark" aria-hidden="true">→</span>
<span><strong>Use this access at</strong> <small><code>${audience}</code></small></span></div></li>`;
}

/** RFC 8628 §5.4: who let a device in that is not theirs has given their account away. */
const devicePath = "/oauth2/device/verify";

function isDevice({ requestUrl }: ConsentRequest): boolean {
  return URL.canParse(requestUrl) && new URL(requestUrl).pathname.endsWith(devicePath);
}

/** Where the answer goes: the one thing here that a client cannot make up, because it was registered. */
function destination(consent: ConsentRequest): Html {
  const { requestUrl, client } = consent;
  if (isDevice(consent)) {
    return html`<p class="note" id="destination">A device waits for your answer. Allow it only if it is yours and you have
just started this on it. The application is registered here as <code>${client?.clientId}</code>.</p>`;
  }
  const [registered, another] = client?.redirectUris ?? [];
  const parameters = URL.canParse(requestUrl) ? new URL(requestUrl).searchParams : new URLSearchParams();
  // RFC 9101 §6.3: what stands beside a request object means nothing, and nobody has checked it.
  const isSigned = parameters.has("request") || parameters.has("request_uri");
  const asked = isSigned ? undefined : only(parameters, "redirect_uri");
  const target = asked ?? (another === undefined ? registered : undefined);
  if (target === undefined || !URL.canParse(target)) return html``;
  const { host, protocol } = new URL(target);
  const name = host === "" ? `an app on this device (${protocol})` : host;
  return html`<p class="note" id="destination">Whatever you decide, you will be sent on to <strong>${name}</strong>.
The application is registered here as <code>${client?.clientId}</code>.</p>`;
}

function documents({ client }: ConsentRequest): Html {
  const known = [
    { url: client?.policyUri ?? "", text: "Privacy policy" },
    { url: client?.tosUri ?? "", text: "Terms of service" },
  ].filter(({ url }) => url !== "");
  return html`${known.length > 0 && html`<p class="documents">${known.map(({ url, text }) => html`<span>${link(url, text)}</span> `)}</p>`}`;
}
