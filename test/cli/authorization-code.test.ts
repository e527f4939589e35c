import { afterAll, beforeAll, expect, it } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { acceptConsent, acceptLogin } from "../support/code-flow.ts";
import { freePort, send, startWorld, type World } from "../support/server.ts";
import { begin, run } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** A running `perform authorization-code` of a new client, and the browser of its user. */
async function performing(id: string, ...flags: readonly string[]) {
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  await run(
    ...[
      "create",
      "client",
      "-e",
      world.adminUrl,
      "--id",
      id,
      "--secret",
      `${id}-secret`,
      "--redirect-uri",
      redirectUri,
    ],
    ...["--grant-type", "authorization_code,refresh_token", "--scope", "openid,offline,read"],
  );
  const command = begin(
    ...["perform", "authorization-code", "-e", world.publicUrl, "--client-id", id, "--client-secret", `${id}-secret`],
    ...["-p", String(port), "--no-open", "--format", "json", ...flags],
  );
  const shown = /http:\/\/127\.0\.0\.1:\d+\//.exec(await command.printed)?.[0];
  return {
    ended: command.ended,
    start: shown ?? "",
    redirectUri,
    browser: cookieBrowser({ stopAt: "http://127.0.0.1:9/" }),
  };
}

const challengeIn = (url: string, name: string) => new URL(url).searchParams.get(name) ?? "";

it("takes a user through login and consent with PKCE, state and nonce, and prints the tokens", async () => {
  const { ended, start, browser } = await performing("whole");
  const login = await browser.visit(start);
  const asked = new URL(login.hops.at(1)?.url ?? "").searchParams;
  expect(asked.get("code_challenge_method")).toBe("S256");
  expect([asked.get("scope"), asked.get("state")?.length, asked.get("nonce")?.length]).toEqual([
    "offline openid",
    43,
    43,
  ]);
  const signedIn = await acceptLogin(world, challengeIn(login.url, "login_challenge"));
  const consent = await browser.visit(signedIn.body.redirect_to);
  const agreed = await acceptConsent(world, challengeIn(consent.url, "consent_challenge"));
  const end = await browser.visit(agreed.body.redirect_to);
  expect([end.status, end.body]).toEqual([200, "Signed in. You can close this window."]);
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(0);
  const tokens = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(tokens).toMatchObject({
    access_token: expect.stringMatching(/^tsr_at_/),
    refresh_token: expect.any(String),
    id_token: expect.any(String),
    scope: "offline openid",
  });
});

it("a user who refuses ends it with the server's error", async () => {
  const { ended, start, browser } = await performing("refused", "--scope", "read");
  const login = await browser.visit(start);
  const challenge = challengeIn(login.url, "login_challenge");
  const rejected = await world.admin("PUT", `/admin/oauth2/auth/requests/login/reject?login_challenge=${challenge}`, {
    error: "access_denied",
    error_description: "Not today.",
  });
  const end = await browser.visit(rejected.body.redirect_to);
  expect([end.status, end.body]).toEqual([400, expect.stringContaining("access_denied")]);
  expect(await ended).toMatchObject({ exitCode: 1, stderr: "The flow ended with an error.\n" });
});

it("RFC 9700 §4.7: an answer that nobody asked for is not taken", async () => {
  const { ended, start, redirectUri } = await performing("forged", "--scope", "read");
  for (const query of ["?code=x&state=made-up-state", "?code=x", ""]) {
    const answer = await send("GET", redirectUri + query);
    expect([answer.status, answer.text]).toEqual([400, "This answer belongs to no request of this client."]);
  }
  expect((await send("GET", `${start}elsewhere`)).status).toBe(404);
  expect((await send("POST", redirectUri, "code=x")).status).toBe(404);
  // A refusal of the server's own, with the right state, ends the command.
  const begun = await send("GET", start);
  const state = challengeIn(begun.headers.location ?? "", "state");
  await send("GET", `${redirectUri}?error=server_error&state=${state}&iss=${encodeURIComponent(world.publicUrl)}`);
  expect((await ended).exitCode).toBe(1);
});

it("the admin port may be the endpoint when --auth-url and --token-url say where the public one is", async () => {
  const port = await freePort();
  const command = begin(
    ...[
      "perform",
      "authorization-code",
      "-e",
      world.adminUrl,
      "--client-id",
      "nobody",
      "-p",
      String(port),
      "--no-open",
    ],
    ...["--auth-url", `${world.publicUrl}/oauth2/auth`, "--token-url", `${world.publicUrl}/oauth2/token`],
    ...[
      "--prompt",
      "login,consent",
      "--max-age",
      "60",
      "--audience",
      "https://api.example",
      "--state",
      "a-state-of-my-own",
    ],
  );
  await command.printed;
  const begun = await send("GET", `http://127.0.0.1:${port}/`);
  const asked = new URL(begun.headers.location ?? "");
  expect(asked.origin + asked.pathname).toBe(`${world.publicUrl}/oauth2/auth`);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    client_id: "nobody",
    prompt: "login consent",
    max_age: "60",
    audience: "https://api.example",
    state: "a-state-of-my-own",
  });
  await send("GET", `http://127.0.0.1:${port}/callback?error=invalid_client&state=a-state-of-my-own`);
  expect((await command.ended).exitCode).toBe(1);
});
