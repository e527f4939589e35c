/** The few pages this server shows by itself: no script of others, no frame, nothing stored (RFC 9700 §4.16). */
import { hash } from "node:crypto";
import { Html, html } from "./html.ts";
import type { HttpReply } from "./message.ts";

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
dt { font-weight: 600; margin-top: 0.75rem; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
button { font: inherit; padding: 0.6em 1.2em; }
`;
const submitScript = "document.forms[0].submit();";

export const cspHash = (text: string) => `'sha256-${hash("sha256", text, "base64")}'`;
export const basePolicy = `default-src 'none'; style-src ${cspHash(style)}; base-uri 'none'; frame-ancestors 'none'`;
const pagePolicy = `${basePolicy}; form-action 'none'`;
// No form-action here: browsers apply it to the redirects after the submission too, which are the client's affair.
const formPostPolicy = `${basePolicy}; script-src ${cspHash(submitScript)}`;

export interface ErrorPage {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: HttpReply["headers"];
}

export function errorPage({ status, error, description, headers = {} }: ErrorPage): HttpReply {
  const body = html`<h1>This request could not be completed</h1>
<p>Go back to the application you came from and try again. If it happens again, tell its makers what stands below.</p>
<dl>
<dt>Error</dt>
<dd><code>${error}</code></dd>
<dt>Description</dt>
<dd>${description}</dd>
</dl>`;
  return page({ status, title: "Error", body, policy: pagePolicy, headers });
}

/** OAuth 2.0 Form Post Response Mode §2. */
export function formPostPage(action: string, parameters: ReadonlyArray<readonly [string, string]>): HttpReply {
  const fields = parameters.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`);
  const body = html`<h1>One moment</h1>
<form method="post" action="${action}">
${fields}<noscript><p>Your browser runs no scripts. Press the button to go on.</p></noscript>
<button type="submit">Continue</button>
</form>
${new Html(`<script>${submitScript}</script>`)}`;
  return page({ status: 200, title: "Continue", body, policy: formPostPolicy, headers: {} });
}

/** Stands in for an application whose address the configuration does not name. */
export function fallbackPage(what: string, setting: string): HttpReply {
  const body = html`<h1>The ${what} page is not set up</h1>
<p>The setting <code>${setting}</code> is missing, so there is nowhere to send you. If you run this server, set it to the
address of the page and start the server again.</p>`;
  return page({ status: 200, title: `No ${what} page`, body, policy: pagePolicy, headers: {} });
}

/** Where a browser ends that has signed out, as long as the operator names no place. */
export function signedOutPage(setting: string): HttpReply {
  const body = html`<h1>You are signed out</h1>
<p>You can close this page now.</p>
<p><small>If you run this server: the setting <code>${setting}</code> may name a page of yours to come to instead.</small></p>`;
  return page({ status: 200, title: "Signed out", body, policy: pagePolicy, headers: {} });
}

interface Page {
  readonly status: number;
  readonly title: string;
  readonly body: Html;
  readonly policy: string;
  readonly headers: HttpReply["headers"];
  /** What else the document's head holds. */
  readonly head?: Html;
}

export function page({ status, title, body, policy, headers, head = new Html("") }: Page): HttpReply {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${head}<style>${new Html(style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      pragma: "no-cache",
      "content-security-policy": policy,
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-origin",
      ...headers,
    },
    body: document.text,
  };
}
