/** Between a refusal and a client that nobody vouches for: the user goes on by her own hand (RFC 9700 §4.11.2). */
import type { AuthorizeAnswer } from "../../protocol/browser.ts";
import { encodePairs, withQuery } from "../../protocol/redirect-uri.ts";
import { legalText } from "./errors.ts";
import { type Html, html } from "./html.ts";
import type { HttpReply } from "./message.ts";
import { basePolicy, page } from "./pages.ts";

type Response = Extract<AuthorizeAnswer, { kind: "respond" }>;

export function strangerPage({ mode, redirectUri, parameters }: Response): HttpReply {
  const said = (name: string) => legalText(parameters.find(([given]) => given === name)?.[1] ?? "");
  const { protocol, host } = new URL(redirectUri);
  const place = host === "" ? `an application for ${protocol}` : host;
  const body = html`<h1>This request could not be completed</h1>
<p>The application that sent you here has registered itself, and nobody at this server vouches for it. Go on only if you
know <strong>${place}</strong>.</p>
<dl>
<dt>Error</dt>
<dd><code>${said("error")}</code></dd>
<dt>Description</dt>
<dd>${said("error_description")}</dd>
</dl>
${mode === "form_post" ? postedBack(redirectUri, parameters) : linkedBack(urlOf({ mode, redirectUri, parameters }))}`;
  // No form-action for a form: browsers apply it to the redirects after the submission too.
  const policy = mode === "form_post" ? basePolicy : `${basePolicy}; form-action 'none'`;
  return page({ status: 400, title: "Error", body, policy, headers: { "referrer-policy": "no-referrer" } });
}

function urlOf({ mode, redirectUri, parameters }: Pick<Response, "mode" | "redirectUri" | "parameters">): string {
  return mode === "fragment" ? `${redirectUri}#${encodePairs(parameters)}` : withQuery(redirectUri, parameters);
}

function linkedBack(url: string): Html {
  return html`<p><a href="${url}" rel="noreferrer">Tell the application</a></p>`;
}

function postedBack(action: string, parameters: Response["parameters"]): Html {
  return html`<form method="post" action="${action}">
${parameters.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}<button type="submit">Tell the application</button>
</form>`;
}
