import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDemoClient } from "../../src/ui/demo-client.ts";
import { cookieBrowser } from "../support/browser.ts";

/** The demo client before an issuer that only has a discovery document. */
async function demoWorld() {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(document(server)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = issuerOf(server);
  const demo = await startDemoClient({
    issuer,
    clientId: "demo-client",
    clientSecret: "secret",
    host: "127.0.0.1",
    port: 0,
    random: randomBytes,
  });
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await demo.close();
  });
  return { demo, issuer, user: cookieBrowser({ stopAt: issuer }) };
}

type Listener = ReturnType<typeof createServer>;

function issuerOf(server: Listener): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
}

function document(server: Listener) {
  const issuer = issuerOf(server);
  return {
    issuer,
    authorization_endpoint: `${issuer}oauth2/auth`,
    token_endpoint: `${issuer}oauth2/token`,
    authorization_response_iss_parameter_supported: true,
  };
}

describe("the demo client", () => {
  it("sends its user away with PKCE, a state and a nonce of its own", async () => {
    const { demo, user } = await demoWorld();
    const asked = new URL((await user.visit(`${demo.url}/login`)).url).searchParams;
    const again = new URL((await user.visit(`${demo.url}/login`)).url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      client_id: "demo-client",
      redirect_uri: demo.redirectUri,
      scope: "openid profile email offline_access",
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
      expect(asked.get(name)).not.toBe(again.get(name));
    }
  });

  it("OIDC Core §4: begins a sign-in for whoever names its issuer, and for no other", async () => {
    const { demo, issuer, user } = await demoWorld();
    const query = new URLSearchParams({ iss: issuer, login_hint: "alice", target_link_uri: "https://evil.example/" });
    const asked = await user.visit(`${demo.url}/login?${query.toString()}`);
    expect(new URL(asked.url).searchParams.get("login_hint")).toBe("alice");
    expect(asked.url).not.toContain("evil");
    const other = await user.visit(`${demo.url}/login?iss=https%3A%2F%2Fevil.example`);
    expect([other.status, other.body]).toEqual([400, expect.stringContaining("Another server was named")]);
  });

  it("keeps what it must remember under cookies that no script can read", async () => {
    const { demo, issuer, user } = await demoWorld();
    const { hops } = await user.visit(`${demo.url}/login`);
    const state = new URL(hops.at(-1)?.url ?? "").searchParams.get("state");
    expect(hops[0]?.setCookies).toEqual([
      expect.stringMatching(/^tessera_demo_away_[\w-]{43}=[\w-]{43}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
    const back = await user.hop("GET", `${demo.redirectUri}?error=access_denied&state=${state}&iss=${issuer}`);
    expect(back.setCookies).toEqual([
      `tessera_demo_away_${state}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`,
      expect.stringMatching(/^tessera_demo=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it("forgets the oldest of the sign-ins that nobody ended", async () => {
    const { demo, issuer, user } = await demoWorld();
    const states: string[] = [];
    for (let count = 0; count < 9; count++) {
      states.push(new URL((await user.visit(`${demo.url}/login`)).url).searchParams.get("state") ?? "");
    }
    const answer = (state = "") => `${demo.redirectUri}?error=access_denied&state=${state}&iss=${issuer}`;
    expect((await user.visit(answer(states.at(0)))).body).toContain("Nobody was expected back");
    expect((await user.visit(answer(states.at(1)))).body).toContain("The server refused: access_denied");
    expect((await user.visit(answer(states.at(8)))).body).toContain("The server refused: access_denied");
  });

  it("RFC 6749 §10.12: takes no answer to a question that this browser did not ask", async () => {
    const { demo, issuer, user } = await demoWorld();
    const { url } = await user.visit(`${demo.url}/login`);
    const answer = `${demo.redirectUri}?code=c&state=${new URL(url).searchParams.get("state")}&iss=${issuer}`;
    const stranger = await cookieBrowser().visit(answer);
    expect(stranger.status).toBe(400);
    expect(stranger.body).toContain("Nobody was expected back");
  });

  it("says what the server said when its user was refused", async () => {
    const { demo, issuer, user } = await demoWorld();
    const { url } = await user.visit(`${demo.url}/login`);
    const state = new URL(url).searchParams.get("state");
    const page = await user.visit(`${demo.redirectUri}?error=access_denied&state=${state}&iss=${issuer}`);
    expect(page.body).toContain("The server refused: access_denied");
    expect(page.body).toContain('id="sign-in"');
  });

  it("RFC 9207 §2.4: takes no answer of another issuer", async () => {
    const { demo, user } = await demoWorld();
    const { url } = await user.visit(`${demo.url}/login`);
    const state = new URL(url).searchParams.get("state");
    const page = await user.visit(`${demo.redirectUri}?code=c&state=${state}&iss=https%3A%2F%2Fevil.example`);
    expect(page.body).toContain("The server refused");
    expect(page.body).toContain('id="sign-in"');
  });

  it("presses no button for a form that is not its own", async () => {
    const { demo, user } = await demoWorld();
    await user.hop("GET", `${demo.url}/login`);
    expect((await user.hop("POST", `${demo.url}/revoke`, { token: "" })).status).toBe(403);
  });
});
