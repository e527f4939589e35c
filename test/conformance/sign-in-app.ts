/** The login, consent and logout application of the runs: it shows the client, asks for a password, and allows everything. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { escapeHtml } from "./escape.ts";
import { askJson } from "./json-client.ts";
import { claimsFor, person } from "./person.ts";

const Wishes = z.record(z.string(), z.unknown()).nullish();
const Context = z
  .object({
    acr_values: z.array(z.string()).optional(),
    login_hint: z.string().optional(),
    claims: z.object({ userinfo: Wishes, id_token: Wishes }).optional(),
  })
  .nullish();
const Client = z.object({
  client_id: z.string(),
  client_name: z.string().optional(),
  logo_uri: z.string().optional(),
  policy_uri: z.string().optional(),
  tos_uri: z.string().optional(),
});
const Login = z.object({ skip: z.boolean(), subject: z.string(), client: Client, oidc_context: Context });
const Consent = z.object({
  requested_scope: z.array(z.string()).nullish(),
  requested_access_token_audience: z.array(z.string()).nullish(),
  oidc_context: Context,
});
const Redirect = z.object({ redirect_to: z.string() });

type Step = "login" | "consent" | "logout";

export interface SignInApp {
  close(): Promise<void>;
}

export async function startSignInApp(adminUrl: string, port: number): Promise<SignInApp> {
  const flow = (step: Step, challenge: string) => ({
    read: () =>
      askJson(`${adminUrl}/admin/oauth2/auth/requests/${step}`, { query: { [`${step}_challenge`]: challenge } }),
    accept: async (body: unknown) => {
      const url = `${adminUrl}/admin/oauth2/auth/requests/${step}/accept`;
      const answer = await askJson(url, { method: "PUT", query: { [`${step}_challenge`]: challenge }, body });
      return redirectTo(Redirect.parse(answer).redirect_to);
    },
  });

  async function showLogin(challenge: string): Promise<Reply> {
    const login = Login.parse(await flow("login", challenge).read());
    return login.skip ? flow("login", challenge).accept({ subject: login.subject }) : loginPage(challenge, login);
  }

  async function answerLogin(form: URLSearchParams): Promise<Reply> {
    const challenge = form.get("challenge") ?? "";
    const login = Login.parse(await flow("login", challenge).read());
    if (form.get("email") !== person.email || form.get("password") !== person.password)
      return loginPage(challenge, login);
    const acr = login.oidc_context?.acr_values?.at(-1) ?? "0";
    const accepted = { subject: person.email, remember: form.has("remember"), remember_for: 3600, acr, amr: ["pwd"] };
    return flow("login", challenge).accept(accepted);
  }

  async function answerConsent(challenge: string): Promise<Reply> {
    const consent = Consent.parse(await flow("consent", challenge).read());
    const scope = consent.requested_scope ?? [];
    const { userinfo, id_token } = consent.oidc_context?.claims ?? {};
    const names = [userinfo, id_token].flatMap((wishes) => Object.keys(wishes ?? {}));
    return flow("consent", challenge).accept({
      grant_scope: scope,
      grant_access_token_audience: consent.requested_access_token_audience ?? [],
      session: { id_token: claimsFor(scope, names) },
      // The suite expects prompt=none to succeed afterwards.
      remember: true,
      remember_for: 3600,
    });
  }

  async function reply(request: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const challenge = searchParams.get(`${pathname.slice(1)}_challenge`) ?? "";
    if (request.method === "POST") return answerLogin(new URLSearchParams(await text(request)));
    if (pathname === "/login") return showLogin(challenge);
    if (pathname === "/consent") return answerConsent(challenge);
    if (pathname === "/logout") return flow("logout", challenge).accept({});
    return page("Nothing here", "", 404);
  }

  return listen(port, reply);
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const redirectTo = (location: string): Reply => ({ status: 303, headers: { location }, body: "" });

function page(title: string, body: string, status = 200): Reply {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  return {
    status,
    headers,
    body: `<!doctype html><title>${escapeHtml(title)}</title><h1 id="title">${escapeHtml(title)}</h1>${body}`,
  };
}

function loginPage(challenge: string, { client, oidc_context }: z.infer<typeof Login>): Reply {
  const documents = [
    { url: client.policy_uri, label: "Privacy policy" },
    { url: client.tos_uri, label: "Terms of service" },
  ].filter(({ url }) => url);
  return page(
    "Sign in",
    `<p>Client: ${escapeHtml(client.client_name || client.client_id)}</p>
${client.logo_uri ? `<img src="${escapeHtml(client.logo_uri)}" alt="logo">` : ""}
${documents.map(({ url, label }) => `<a href="${escapeHtml(url ?? "")}">${label}</a>`).join(" ")}
<form method="post" action="/login">
<input type="hidden" name="challenge" value="${escapeHtml(challenge)}">
<input type="email" id="email" name="email" value="${escapeHtml(oidc_context?.login_hint ?? "")}">
<input type="password" id="password" name="password">
<input type="checkbox" id="remember" name="remember" value="1">
<input type="submit" id="accept" value="Sign in">
</form>`,
  );
}

function listen(port: number, reply: (request: IncomingMessage) => Promise<Reply>): Promise<SignInApp> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    // A fault becomes a page, which the suite's log of its browser shows.
    const { status, headers, body } = await reply(request).catch((error: unknown) =>
      page("The sign-in application failed", `<pre>${escapeHtml(String(error))}</pre>`, 500),
    );
    response.writeHead(status, headers).end(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve({ close }));
  });
}
