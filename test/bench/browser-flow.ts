/** The whole authorization code flow as a browser, the login and consent application and the client take it: 8 requests. */
import { createHash, randomBytes } from "node:crypto";
import { type Answer, type Connection, header, headerValues, message } from "./keep-alive.ts";

export const callback = "http://127.0.0.1:9/callback";

export interface Party {
  /** Connections of one worker. */
  readonly visitor: Connection;
  readonly admin: Connection;
  readonly client: BenchClient;
}

export interface BenchClient {
  readonly id: string;
  readonly basic: string;
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

export const requestsPerFlow = 8;
export const requestsPerImplicit = 7;
export const json = { "content-type": "application/json" };
export const formType = { "content-type": "application/x-www-form-urlencoded" };

/** A browser that brings a cookie jar wants to be remembered. */
export async function runFlow(
  { visitor, admin, client }: Party,
  subject: string,
  jar?: Map<string, string>,
): Promise<Tokens> {
  const verifier = randomBytes(32).toString("base64url");
  const pkce = {
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  const code = await runToClient(
    { visitor, admin, client },
    { response_type: "code", ...pkce },
    {
      subject,
      wanted: "code",
      jar,
    },
  );
  const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: callback });
  form.set("code_verifier", verifier);
  const headersOfClient = { ...formType, authorization: client.basic };
  const body = form.toString();
  const got = await visitor.ask(message({ method: "POST", path: "/oauth2/token", headers: headersOfClient, body }));
  return read<Tokens>(got, 200);
}

/** OIDC Core §3.2: tokens come through the browser, and nothing has to be traded. */
export async function runImplicit(party: Party, subject: string): Promise<void> {
  await runToClient(party, { response_type: "id_token token" }, { subject, wanted: "access_token", jar: undefined });
}

interface User {
  readonly subject: string;
  /** The parameter that comes to the client in the end. */
  readonly wanted: string;
  readonly jar: Map<string, string> | undefined;
}

async function runToClient(
  { visitor, admin, client }: Party,
  over: Record<string, string>,
  { subject, wanted, jar }: User,
): Promise<string> {
  const cookies = jar ?? new Map<string, string>();
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: callback,
    scope: "openid offline read",
    state: randomBytes(12).toString("base64url"),
    nonce: randomBytes(12).toString("base64url"),
    ...over,
  });
  const login = await visit(visitor, cookies, `/oauth2/auth?${query.toString()}`, "login_challenge");
  const toConsent = await answer(admin, "login", login, { subject, remember: jar !== undefined });
  const consent = await visit(visitor, cookies, toConsent, "consent_challenge");
  const back = await answer(admin, "consent", consent, {
    grant_scope: ["openid", "offline", "read"],
    session: { id_token: { email: "a@example.org" } },
  });
  return visit(visitor, cookies, back, wanted);
}

/** Follows one redirect as far as its parameter, which may stand in the fragment. */
export async function visit(
  to: Connection,
  cookies: Map<string, string>,
  url: string,
  wanted: string,
): Promise<string> {
  const path = url.replace(/^https?:\/\/[^/]+/, "");
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const got = await to.ask(message({ method: "GET", path, headers: cookie === "" ? {} : { cookie } }));
  for (const line of headerValues(got, "set-cookie")) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "") cookies.delete(name);
    else cookies.set(name, value);
  }
  const location = header(got, "location");
  const found = location === "" ? null : new URL(location.replace("#", "?")).searchParams.get(wanted);
  if (found === null) throw new Error(`${path}: ${got.status}, no ${wanted} in '${location}' ${got.body}`);
  return found;
}

/** What the login, consent or logout application does: looks at the request, and accepts it. */
export async function answer(
  to: Connection,
  step: "login" | "consent" | "logout",
  challenge: string,
  body: object,
): Promise<string> {
  const path = `/admin/oauth2/auth/requests/${step}`;
  const query = `${step}_challenge=${challenge}`;
  read(await to.ask(message({ method: "GET", path: `${path}?${query}` })), 200);
  const text = JSON.stringify(body);
  const question = message({ method: "PUT", path: `${path}/accept?${query}`, headers: json, body: text });
  return read<{ redirect_to: string }>(await to.ask(question), 200).redirect_to;
}

/** The JSON of an answer that must have this status. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what it asked for
export function read<T>({ status, body }: Answer, expected: number): T {
  if (status !== expected) throw new Error(`${status} instead of ${expected}: ${body}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
  return JSON.parse(body) as T;
}

/** A confidential client for every grant; `over` are members of Hydra's client JSON. */
export async function createClient(admin: Connection, over: object = {}): Promise<BenchClient> {
  const body = JSON.stringify({
    grant_types: ["client_credentials", "authorization_code", "refresh_token"],
    response_types: ["code"],
    scope: "openid offline read",
    redirect_uris: [callback],
    ...over,
  });
  const got = await admin.ask(message({ method: "POST", path: "/admin/clients", headers: json, body }));
  const { client_id: id, client_secret: secret } = read<{ client_id: string; client_secret: string }>(got, 201);
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return { id, basic: `Basic ${Buffer.from(pair).toString("base64")}` };
}
