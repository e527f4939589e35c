/** Asks the operator's web hooks: at their own address as it stands, but nobody waits long, and no redirect is followed. */
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Hook } from "../../config/settings/kinds.ts";
import type { TokenHook, TokenHooks } from "../../ports/token-hook.ts";
import { type HookAnswer, readHookClaims } from "../../protocol/token-hook.ts";
import { inSpan, traceHeaders } from "../telemetry/span.ts";
import { type OutboundLimits, readText, requireUnencoded } from "./fetch.ts";

// Imported as a module, `node:http` hands out its WebSocket too, and loads 14 MB of undici for it.
const { request: httpRequest } = process.getBuiltinModule("node:http");

const defaultLimits: OutboundLimits = { milliseconds: 5_000, bytes: 524_288 };

/** Null when none of them is configured. */
export function tokenHooks(refresh: Hook | null, token: Hook | null): TokenHooks | null {
  if (refresh === null && token === null) return null;
  return {
    refresh: refresh && tokenHook("refresh_token_hook", refresh),
    token: token && tokenHook("token_hook", token),
  };
}

export function tokenHook(name: string, hook: Hook, limits: OutboundLimits = defaultLimits): TokenHook {
  const url = new URL(hook.url);
  return (question) =>
    inSpan("outbound", name, async () => {
      const body = JSON.stringify(question);
      const headers = { ...headersOf(body), ...proofOf(hook), ...traceHeaders() };
      const response = await post(url, { body, headers }, AbortSignal.timeout(limits.milliseconds));
      try {
        return await readAnswer(response, limits.bytes);
      } finally {
        response.destroy();
      }
    });
}

async function readAnswer(response: IncomingMessage, limit: number): Promise<HookAnswer> {
  const { statusCode } = response;
  if (statusCode === 204) return { kind: "unchanged" };
  if (statusCode === 403) return { kind: "denied" };
  if (statusCode !== 200) throw new Error(`The hook answered ${statusCode}.`);
  requireUnencoded(response);
  return { kind: "claims", claims: readHookClaims(await readText(response, limit)) };
}

function headersOf(body: string): Record<string, string> {
  return {
    accept: "application/json",
    "accept-encoding": "identity",
    "content-type": "application/json; charset=UTF-8",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "tessera",
  };
}

/** By which the hook knows who asks. */
function proofOf({ auth }: Hook): Record<string, string> {
  if (auth === null) return {};
  if (auth.in === "header") return { [auth.name.toLowerCase()]: auth.value };
  // As Go writes cookies, and with it Hydra.
  const value = /[ ,]/.test(auth.value) ? `"${auth.value}"` : auth.value;
  return { cookie: `${auth.name}=${value}` };
}

interface Content {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function post(url: URL, { body, headers }: Content, signal: AbortSignal): Promise<IncomingMessage> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = start(url, { agent: false, method: "POST", headers, signal, maxHeaderSize: 16_384 });
    sent.on("response", resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}
