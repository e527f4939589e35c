/** The sign-out page: do you mean it? */
import type { LogoutRequest } from "../gen/tessera/flow/v1/logout_flow_service_pb.js";
import { errorPage, noChallenge, staleForm } from "./error.ts";
import type { Flows } from "./flow-client.ts";
import { html } from "./html.ts";
import { type Frame, page } from "./layout.ts";
import { only, type Page, type PageReply, type PageRequest, redirect } from "./listener.ts";
import type { PageParts } from "./parts.ts";

export interface LogoutPages {
  readonly show: Page;
  readonly answer: Page;
  /** Where the browser comes to afterwards when no application wants it back. */
  readonly signedOut: Page;
}

const logoutUrl = (challenge: string) => `/logout?logout_challenge=${encodeURIComponent(challenge)}`;

export function logoutPages(parts: PageParts): LogoutPages {
  const { frame, flows, csrf } = parts;
  return {
    async show(request) {
      const challenge = only(request.query, "logout_challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      const logout = await read(flows, challenge);
      return logout.skip ? accept(flows, challenge) : form(parts, request, logout);
    },

    async answer(request) {
      const challenge = only(request.form, "challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      if (!csrf.isGenuine(request, purpose(challenge), only(request.form, "csrf"))) {
        return errorPage(frame, staleForm(logoutUrl(challenge)));
      }
      if (only(request.form, "answer") === "accept") return accept(flows, challenge);
      await flows.logout.rejectLogout({ logoutChallenge: challenge });
      return stillSignedIn(frame, challenge);
    },

    signedOut: () => signedOutPage(frame),
  };
}

const purpose = (challenge: string) => `logout ${challenge}`;

async function read(flows: Flows, challenge: string): Promise<LogoutRequest> {
  const { logout } = await flows.logout.getLogout({ logoutChallenge: challenge });
  if (logout === undefined) throw new Error("The server answered without a logout request.");
  return logout;
}

async function accept(flows: Flows, challenge: string): Promise<PageReply> {
  const { redirectTo } = await flows.logout.acceptLogout({ logoutChallenge: challenge });
  return redirect(redirectTo);
}

function form(parts: PageParts, request: PageRequest, { challenge, subject, client }: LogoutRequest): PageReply {
  const { token, setCookie } = parts.csrf.issue(request, purpose(challenge));
  const name = client?.clientName || client?.clientId;
  const body = html`<h1 id="logout-title">Sign out?</h1>
<p class="lead">You are signed in as <strong id="subject">${subject}</strong>.${name !== undefined && html` <strong>${name}</strong> asks to sign you out.`}</p>
<form method="post" action="/logout">
<input type="hidden" name="challenge" value="${challenge}">
<input type="hidden" name="csrf" value="${token}">
<div class="actions">
<button class="main" id="accept" name="answer" value="accept">Sign out</button>
<button id="reject" name="answer" value="reject">Stay signed in</button>
</div>
</form>
<p class="note">You will be signed out here, and of every application that you used with this sign-in.</p>`;
  return page({ ...parts.frame, title: "Sign out?", body, setCookie });
}

function stillSignedIn(frame: Frame, challenge: string): PageReply {
  const body = html`<h1 id="still-signed-in">You are still signed in</h1>
<p class="lead">Nothing has changed. You can close this page, or go back to where you came from.</p>
<div class="actions"><a class="button" id="again" href="${logoutUrl(challenge)}">Sign out after all</a></div>`;
  return page({ ...frame, title: "Still signed in", body });
}

function signedOutPage(frame: Frame): PageReply {
  const body = html`<h1 id="signed-out">You are signed out</h1>
<p class="lead">You can close this page now.</p>
<p class="note">On a computer that others use as well, close the browser too.</p>`;
  return page({ ...frame, title: "Signed out", body });
}
