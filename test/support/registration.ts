/** Clients that register themselves, as a stranger does it over the wire. */
import { type Answer, type Callable, send } from "./server.ts";

/** Settings by which anybody may register. */
export const registrationSettings = {
  "oidc.dynamic_client_registration.enabled": true,
  "oidc.dynamic_client_registration.rate_limit": 0,
};

const path = "/oauth2/register";
const json = { "content-type": "application/json" };

/** `document` is sent as it is when it is a text. */
export function register(world: Callable, document: unknown, headers: Record<string, string> = json): Promise<Answer> {
  return send("POST", world.publicUrl + path, encode(document), headers);
}

export interface SelfRegistered {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
  readonly url: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the wire says
  readonly body: any;
}

export async function registered(world: Callable, document: Record<string, unknown> = {}): Promise<SelfRegistered> {
  const whole = { redirect_uris: ["http://127.0.0.1:9/callback"], ...document };
  const { status, text, body } = await register(world, whole);
  if (status !== 201) throw new Error(`registration: ${status} ${text}`);
  return {
    id: body.client_id,
    secret: body.client_secret ?? "",
    token: body.registration_access_token,
    url: body.registration_client_uri,
    body,
  };
}

/** RFC 7592 §2; null sends no token. */
export function manage(
  method: "GET" | "PUT" | "DELETE",
  url: string,
  token: string | null,
  document?: unknown,
): Promise<Answer> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const headers = { ...(document === undefined ? {} : json), ...authorization };
  return send(method, url, document === undefined ? undefined : encode(document), headers);
}

function encode(document: unknown): string {
  return typeof document === "string" ? document : JSON.stringify(document);
}
