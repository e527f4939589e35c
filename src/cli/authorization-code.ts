/** `perform authorization-code`: a small client on this machine that takes a user through the whole flow. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Command } from "commander";
import * as openid from "openid-client";
import { gatherList } from "./client-form.ts";
import { addClientFlags, requireUrl } from "./connection.ts";
import { CommandFailure, reasonOf } from "./failure.ts";
import { wholeNumber } from "./page-flags.ts";
import { renderTokens } from "./perform.ts";
import { addCredentialFlags, type CredentialFlags, configure, discover, reach } from "./relying-party.ts";

interface Flags extends CredentialFlags {
  readonly port: number;
  readonly open: boolean;
  readonly shutdown: boolean;
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly prompt: readonly string[];
  readonly maxAge?: number;
  readonly state?: string;
  readonly redirect?: string;
  readonly authUrl?: string;
  readonly tokenUrl?: string;
}

type Print = (text: string) => void;

export function addAuthorizationCode(perform: Command, print: Print): void {
  const command = perform.command("authorization-code").description("sign a user in and show the tokens");
  addCredentialFlags(addClientFlags(command, "public"))
    .option("-p, --port <port>", "where the client listens", wholeNumber, 4446)
    .option("--no-open", "do not open a browser")
    .option("--no-shutdown", "stay, for further users")
    .option("--scope <scope>", "a scope to ask for; repeatable (default: offline, openid)", gatherList, [])
    .option("--audience <audience>", "an audience to ask for; repeatable", gatherList, [])
    .option("--prompt <prompt>", "login, consent, none ...; repeatable", gatherList, [])
    .option("--max-age <seconds>", "how old the user's login may be", wholeNumber)
    .option("--state <state>", "a state of your own")
    .option("--redirect <uri>", "the registered redirect URI, should it not be this client's address")
    .option("--auth-url <url>", "the authorization endpoint, should it not be what discovery says")
    .option("--token-url <url>", "the token endpoint, should it not be what discovery says")
    .action((flags: Flags) => run(flags, print));
}

async function run(flags: Flags, print: Print): Promise<void> {
  const redirectUri = flags.redirect ?? `http://127.0.0.1:${flags.port}/callback`;
  // With the admin port as endpoint, as Hydra's users write it, the public one is where --auth-url points.
  const base =
    flags.authUrl === undefined ? requireUrl(flags.endpoint) : flags.authUrl.replace(/\/oauth2\/auth\/?$/, "");
  const metadata = await discover(base, flags);
  const client = configure(
    {
      ...metadata,
      ...(flags.authUrl === undefined ? {} : { authorization_endpoint: flags.authUrl }),
      ...(flags.tokenUrl === undefined ? {} : { token_endpoint: flags.tokenUrl }),
    },
    flags,
  );
  await serveFlows({ client, redirectUri, flags, print });
}

interface Stage {
  readonly client: openid.Configuration;
  readonly redirectUri: string;
  readonly flags: Flags;
  readonly print: Print;
}

/** What binds an answer to the request that asked for it. */
interface Expected {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** Ends with the first answer, unless told to stay. */
async function serveFlows(stage: Stage): Promise<void> {
  const { flags, print } = stage;
  const ended = Promise.withResolvers<void>();
  const answer = answerer(stage, (failure) => {
    if (failure !== undefined) process.stderr.write(`${failure.message}\n`);
    if (!flags.shutdown) return;
    if (failure === undefined) ended.resolve();
    else ended.reject(new CommandFailure("The flow ended with an error."));
  });
  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(response, reply),
      (error: unknown) => send(response, { status: 500, text: reasonOf(error) }),
    );
  });
  server.on("error", (error) => ended.reject(new CommandFailure(`--port ${flags.port}: ${error.message}`)));
  server.listen(flags.port, "127.0.0.1", () => {
    const start = `http://127.0.0.1:${flags.port}/`;
    print(`Open this URL to sign in:\n\n  ${start}\n\n`);
    if (flags.open) openBrowser(start);
  });
  try {
    await ended.promise;
  } finally {
    server.close();
    server.closeIdleConnections();
  }
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly location?: string;
}

/** `/` begins a flow, the redirect URI ends it; `onEnd` is told how. */
function answerer(stage: Stage, onEnd: (failure: Error | undefined) => void) {
  const open = new Map<string, Expected>();
  const callback = new URL(stage.redirectUri).pathname;
  return async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? "/", stage.redirectUri);
    const isGet = request.method === "GET";
    if (isGet && url.pathname === "/") return { status: 302, text: "", location: await begin(stage, open) };
    if (!isGet || url.pathname !== callback) return { status: 404, text: "There is nothing here." };
    const expected = open.get(url.searchParams.get("state") ?? "");
    if (expected === undefined) return { status: 400, text: "This answer belongs to no request of this client." };
    open.delete(expected.state);
    const failure = await finish(stage, url, expected);
    onEnd(failure);
    if (failure !== undefined) return { status: 400, text: failure.message };
    return { status: 200, text: "Signed in. You can close this window." };
  };
}

function send(response: ServerResponse, { status, text, location }: Reply): void {
  response.writeHead(status, {
    // Plain text: what the server answered is never markup here.
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    // So that the end of the command does not wait for the browser.
    connection: "close",
    ...(location === undefined ? {} : { location }),
  });
  response.end(text);
}

/** RFC 7636, OIDC Core §3.1.2.1: a fresh verifier, state and nonce for every request. */
async function begin({ client, redirectUri, flags }: Stage, open: Map<string, Expected>): Promise<string> {
  const expected = {
    verifier: openid.randomPKCECodeVerifier(),
    state: flags.state ?? openid.randomState(),
    nonce: openid.randomNonce(),
  };
  open.set(expected.state, expected);
  const scope = flags.scope.length === 0 ? ["offline", "openid"] : flags.scope;
  const parameters = new URLSearchParams({
    redirect_uri: redirectUri,
    scope: scope.join(" "),
    state: expected.state,
    nonce: expected.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(expected.verifier),
    code_challenge_method: "S256",
  });
  if (flags.prompt.length > 0) parameters.set("prompt", flags.prompt.join(" "));
  if (flags.maxAge !== undefined) parameters.set("max_age", String(flags.maxAge));
  for (const audience of flags.audience) parameters.append("audience", audience);
  return openid.buildAuthorizationUrl(client, parameters).href;
}

/** Trades the code for tokens and prints them; the failure, should there be one. */
async function finish({ client, flags, print }: Stage, url: URL, expected: Expected): Promise<Error | undefined> {
  const { verifier, state, nonce } = expected;
  const isOpenid = flags.scope.length === 0 || flags.scope.includes("openid");
  try {
    const tokens = await reach(
      openid.authorizationCodeGrant(client, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        idTokenExpected: isOpenid,
        ...(isOpenid ? { expectedNonce: nonce } : {}),
        ...(flags.maxAge === undefined ? {} : { maxAge: flags.maxAge }),
      }),
    );
    print(renderTokens(tokens, new Date(), flags));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function openBrowser(url: string): void {
  const command = new Map([
    ["darwin", "open"],
    ["win32", "explorer"],
  ]).get(process.platform);
  const child = spawn(command ?? "xdg-open", [url], { stdio: "ignore", detached: true });
  // Without a browser the printed URL is enough.
  child.on("error", () => {});
  child.unref();
}
