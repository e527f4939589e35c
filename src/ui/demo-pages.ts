/** What the demo client shows: an invitation, or who signed in and with which tokens. */
import type { DemoSession, News } from "./demo-session.ts";
import { type Html, html } from "./html.ts";
import { type Frame, page } from "./layout.ts";
import type { PageReply } from "./listener.ts";
import type { Tokens } from "./relying-party.ts";

export function welcomePage(frame: Frame, { news }: DemoSession): PageReply {
  const body = html`<h1 id="welcome">Hello, whoever you are</h1>
<p class="lead">This little application does not know you. It asks Tessera who you are, the way every application does.</p>
${newsBox(news)}
<div class="actions"><a class="button main" id="sign-in" href="/login">Sign in with Tessera</a></div>
<p class="note">You will be asked to sign in, then whether this application may see your profile and your email
address. Then you will be back here, with tokens.</p>`;
  return page({ ...frame, title: "Demo client", body });
}

export function accountPage(frame: Frame, session: DemoSession, tokens: Tokens): PageReply {
  const { claims } = tokens;
  const body = html`<h1 id="signed-in">Hello, ${text(claims.name ?? claims.sub)}</h1>
<p class="lead">Tessera says that you are <strong id="subject">${text(claims.sub)}</strong>.</p>
${newsBox(session.news)}
<form method="post" class="actions">
<input type="hidden" name="token" value="${session.formToken}">
<button class="main" id="userinfo" formaction="/userinfo">Call userinfo</button>
<button id="refresh" formaction="/refresh"${tokens.refreshToken === undefined && html` disabled`}>Refresh</button>
<button id="revoke" formaction="/revoke">Revoke</button>
<a class="button" id="sign-in" href="/login">Sign in again</a>
<button id="sign-out" formaction="/logout">Sign out</button>
</form>
<h2>The tokens</h2>
${facts("tokens", [
  ["access token", shortened(tokens.accessToken)],
  ["refresh token", tokens.refreshToken === undefined ? "none" : shortened(tokens.refreshToken)],
  ["granted scope", tokens.scope],
  ["lives for", tokens.expiresInSeconds === undefined ? "unknown" : `${tokens.expiresInSeconds} seconds`],
])}
<h2>The claims of the ID token</h2>
${facts("claims", claimRows(claims))}`;
  return page({ ...frame, title: "Demo client: signed in", body, wide: true });
}

function newsBox(news: News | undefined): Html {
  if (news === undefined) return html``;
  const detail = news.detail && html`<dl>${claimRows(news.detail).map(row)}</dl>`;
  return html`<div class="${news.good ? "notice" : "alarm"}" id="news" role="status"><p>${news.title}</p>${detail}</div>`;
}

type Row = readonly [name: string, value: string];

function facts(id: string, rows: readonly Row[]): Html {
  return html`<dl class="facts" id="${id}">${rows.map(row)}</dl>`;
}

function row([name, value]: Row): Html {
  return html`<dt>${name}</dt><dd><code>${value}</code></dd>`;
}

const times = new Set(["exp", "iat", "nbf", "auth_time", "rat", "updated_at"]);
const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });

function claimRows(claims: Readonly<Record<string, unknown>>): Row[] {
  return Object.entries(claims).map(([name, value]) => [
    name,
    times.has(name) && typeof value === "number" ? `${value} (${clock.format(value * 1000)} UTC)` : text(value),
  ]);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Enough to tell two apart, too little to use one. */
function shortened(token: string): string {
  return `${token.slice(0, 12)}…${token.slice(-4)}`;
}
