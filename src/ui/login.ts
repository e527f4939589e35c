/** The sign-in page: who is it? */
import type { LoginRequest } from "../gen/tessera/flow/v1/login_flow_service_pb.js";
import { errorPage, noChallenge, staleForm } from "./error.ts";
import type { Flows } from "./flow-client.ts";
import { html } from "./html.ts";
import { page } from "./layout.ts";
import { only, type Page, type PageReply, type PageRequest, redirect } from "./listener.ts";
import type { PageParts } from "./parts.ts";
import { findByPassword, type User } from "./users.ts";

export interface LoginPages {
  readonly show: Page;
  readonly answer: Page;
}

const rememberForSeconds = 30 * 24 * 3600;

const loginUrl = (challenge: string) => `/login?login_challenge=${encodeURIComponent(challenge)}`;

export function loginPages(parts: PageParts): LoginPages {
  const { frame, flows, csrf } = parts;
  return {
    async show(request) {
      const challenge = only(request.query, "login_challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      const login = await read(flows, challenge);
      if (login.skip) return accept(flows, challenge, { subject: login.subject, remember: true });
      return form(parts, request, { login, email: login.oidcContext?.loginHint ?? "", failed: false });
    },

    async answer(request) {
      const challenge = only(request.form, "challenge");
      if (challenge === undefined) return errorPage(frame, noChallenge);
      if (!csrf.isGenuine(request, purpose(challenge), only(request.form, "csrf"))) {
        return errorPage(frame, staleForm(loginUrl(challenge)));
      }
      if (only(request.form, "answer") === "reject") return reject(flows, challenge);
      return signIn(parts, request, challenge);
    },
  };
}

const purpose = (challenge: string) => `login ${challenge}`;

async function read(flows: Flows, challenge: string): Promise<LoginRequest> {
  const { login } = await flows.login.getLogin({ loginChallenge: challenge });
  if (login === undefined) throw new Error("The server answered without a login request.");
  return login;
}

async function signIn(parts: PageParts, request: PageRequest, challenge: string): Promise<PageReply> {
  const email = only(request.form, "email") ?? "";
  const user = findByPassword(parts.users, email, only(request.form, "password") ?? "");
  if (user === undefined) {
    return form(parts, request, { login: await read(parts.flows, challenge), email, failed: true });
  }
  return accept(parts.flows, challenge, {
    subject: user.subject,
    remember: request.form.has("remember"),
    rememberFor: rememberForSeconds,
    amr: ["pwd"],
  });
}

interface Accepted {
  readonly subject: string;
  readonly remember: boolean;
  readonly rememberFor?: number;
  readonly amr?: string[];
}

async function accept(flows: Flows, challenge: string, login: Accepted): Promise<PageReply> {
  const { redirectTo } = await flows.login.acceptLogin({ loginChallenge: challenge, login });
  return redirect(redirectTo);
}

async function reject(flows: Flows, challenge: string): Promise<PageReply> {
  const { redirectTo } = await flows.login.rejectLogin({
    loginChallenge: challenge,
    rejection: { error: "access_denied", errorDescription: "The user did not sign in." },
  });
  return redirect(redirectTo);
}

interface LoginForm {
  readonly login: LoginRequest;
  readonly email: string;
  readonly failed: boolean;
}

function form(parts: PageParts, request: PageRequest, { login, email, failed }: LoginForm): PageReply {
  const { token, setCookie } = parts.csrf.issue(request, purpose(login.challenge));
  const client = login.client?.clientName || login.client?.clientId || "an application";
  const body = html`<h1 id="login-title">Sign in</h1>
<p class="lead">to continue to <strong>${client}</strong></p>
${failed && html`<p class="alarm" id="login-error" role="alert">That email address and password do not match.</p>`}
<form method="post" action="/login">
<input type="hidden" name="challenge" value="${login.challenge}">
<input type="hidden" name="csrf" value="${token}">
<div class="field">
<label for="email">Email</label>
<input type="email" id="email" name="email" value="${email}" autocomplete="username" required${state(failed, email === "")}>
</div>
<div class="field">
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required${state(failed, email !== "")}>
</div>
<label class="check" for="remember"><input type="checkbox" id="remember" name="remember" value="1">
<span>Keep me signed in on this device</span></label>
<div class="actions">
<button class="main" id="accept" name="answer" value="accept">Sign in</button>
<button id="reject" name="answer" value="reject" formnovalidate>Cancel</button>
</div>
</form>
${parts.users.map(demoAccount)}`;
  return page({ ...parts.frame, title: `Sign in to ${client}`, body, setCookie, status: failed ? 422 : 200 });
}

function state(failed: boolean, focused: boolean) {
  return html`${failed && html` aria-invalid="true" aria-describedby="login-error"`}${focused && html` autofocus`}`;
}

function demoAccount(user: User) {
  return html`<aside class="note" aria-label="Demo account">
<p>This is a demonstration. Sign in with</p>
<dl><dt>Email</dt><dd><code>${user.email}</code></dd>
<dt>Password</dt><dd><code>${user.password}</code></dd></dl>
</aside>`;
}
