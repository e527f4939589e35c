import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClientService } from "../../src/gen/tessera/admin/v1/client_service_pb.js";
import { TokenService } from "../../src/gen/tessera/admin/v1/token_service_pb.js";
import { ConsentFlowService } from "../../src/gen/tessera/flow/v1/consent_flow_service_pb.js";
import { LoginFlowService } from "../../src/gen/tessera/flow/v1/login_flow_service_pb.js";
import { callback, challengeOf, landing, newClient, runFlow, type TestClient } from "../support/code-flow.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";

let world: World;
let client: TestClient;

beforeAll(async () => {
  world = await startWorld();
  client = await newClient(world);
});
afterAll(() => world?.close());

test("openid-client does the main job: discovery, code with PKCE, userinfo, refresh, revocation", async () => {
  const server = new URL(world.publicUrl);
  const execute = [openid.allowInsecureRequests];
  const config = await openid.discovery(server, client.id, client.secret, openid.ClientSecretBasic(client.secret), {
    execute,
  });
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: "openid offline read",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const place = await runFlow(world, url.href);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(config, place, checks);
  expect(tokens.claims()?.sub).toBe("alice");
  const user = await openid.fetchUserInfo(config, tokens.access_token, "alice");
  expect(user.sub).toBe("alice");
  const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
  expect(renewed.claims()?.sub).toBe("alice");
  await openid.tokenRevocation(config, renewed.access_token);
  await expect(openid.fetchUserInfo(config, renewed.access_token, "alice")).rejects.toThrow();
});

test("oauth4webapi does the main job, strict about iss, ID token and JWT access token", async () => {
  const jwtClient = await newClient(world, { access_token_strategy: "jwt" });
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(world.publicUrl);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const self: oauth.Client = { client_id: jwtClient.id };
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint ?? "");
  url.search = new URLSearchParams({
    client_id: jwtClient.id,
    redirect_uri: callback,
    response_type: "code",
    scope: "openid offline",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  }).toString();
  const parameters = oauth.validateAuthResponse(as, self, await runFlow(world, url.href), state);
  const proof = oauth.ClientSecretBasic(jwtClient.secret);
  const answer = await oauth.authorizationCodeGrantRequest(as, self, proof, parameters, callback, verifier, insecure);
  const expected = { expectedNonce: nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(as, self, answer, expected);
  expect(oauth.getValidatedIdTokenClaims(tokens)?.sub).toBe("alice");
  await oauth.validateApplicationLevelSignature(as, answer, insecure);

  const presented = new Request("http://127.0.0.1/resource", {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, presented, world.publicUrl, insecure);
  expect(claims).toMatchObject({ sub: "alice", client_id: jwtClient.id });

  const user = await oauth.userInfoRequest(as, self, tokens.access_token, insecure);
  expect((await oauth.processUserInfoResponse(as, self, "alice", user)).sub).toBe("alice");
  const renewed = await oauth.refreshTokenGrantRequest(as, self, proof, tokens.refresh_token ?? "", insecure);
  expect((await oauth.processRefreshTokenResponse(as, self, renewed)).access_token).toBeTypeOf("string");
});

describe.each([
  ["Connect over HTTP/1.1", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ["Connect over HTTP/2", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["gRPC", (baseUrl: string) => createGrpcTransport({ baseUrl })],
  ["gRPC-Web", (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
] as const)("a generated client over %s", (_name, transportTo) => {
  test("makes a client, answers login and consent, and introspects the token", async () => {
    const transport = transportTo(world.adminUrl);
    const clients = createClient(ClientService, transport);
    const made = await clients.createClient({
      client: { redirectUris: [callback], grantTypes: ["authorization_code"], scope: "openid read" },
    });
    const id = made.client?.clientId ?? "";
    const answerLogin = async (challenge: string) => {
      const flows = createClient(LoginFlowService, transport);
      expect((await flows.getLogin({ loginChallenge: challenge })).login?.client?.clientId).toBe(id);
      return (await flows.acceptLogin({ loginChallenge: challenge, login: { subject: "bob" } })).redirectTo;
    };
    const answerConsent = async (challenge: string) => {
      const flows = createClient(ConsentFlowService, transport);
      const asked = await flows.getConsent({ consentChallenge: challenge });
      const consent = { grantScope: asked.consent?.requestedScope ?? [] };
      return (await flows.acceptConsent({ consentChallenge: challenge, consent })).redirectTo;
    };
    const token = await codeToToken(id, made.client?.clientSecret ?? "", answerLogin, answerConsent);
    const tokens = createClient(TokenService, transport);
    expect(await tokens.introspectToken({ token })).toMatchObject({ active: true, sub: "bob" });
    await clients.deleteClient({ clientId: id });
    expect((await tokens.introspectToken({ token })).active).toBe(false);
  });
});

test("a grpc-js client made from proto/ by nothing of ours answers login and consent", async () => {
  const proto = join(import.meta.dirname, "../../proto");
  const files = [
    "tessera/admin/v1/client_service.proto",
    "tessera/flow/v1/login_flow_service.proto",
    "tessera/flow/v1/consent_flow_service.proto",
  ];
  // biome-ignore lint/suspicious/noExplicitAny: the shapes are known when the files have been loaded
  const loaded: any = loadPackageDefinition(loadSync(files, { includeDirs: [proto], keepCase: true }));
  const address = new URL(world.adminUrl).host;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const call = <T>(service: any, method: string, request: object) =>
    new Promise<T>((resolve, reject) => {
      const stub = new service(address, credentials.createInsecure());
      stub[method](request, (error: ServiceError | null, answer: T) => {
        stub.close();
        if (error === null) resolve(answer);
        else reject(error);
      });
    });
  const { admin, flow } = loaded.tessera;
  const made = await call<{ client: { client_id: string; client_secret: string } }>(
    admin.v1.ClientService,
    "CreateClient",
    {
      client: { redirect_uris: [callback], grant_types: ["authorization_code"], scope: "openid read" },
    },
  );
  const to = { redirect_to: "" };
  const answerLogin = async (login_challenge: string) => {
    const request = { login_challenge, login: { subject: "carol" } };
    return (await call<typeof to>(flow.v1.LoginFlowService, "AcceptLogin", request)).redirect_to;
  };
  const answerConsent = async (consent_challenge: string) => {
    const request = { consent_challenge, consent: { grant_scope: ["openid", "read"] } };
    return (await call<typeof to>(flow.v1.ConsentFlowService, "AcceptConsent", request)).redirect_to;
  };
  const token = await codeToToken(made.client.client_id, made.client.client_secret, answerLogin, answerConsent);
  const user = await world.get("/userinfo", { authorization: `Bearer ${token}` });
  expect(user.body.sub).toBe("carol");
});

async function codeToToken(
  id: string,
  secret: string,
  answerLogin: (challenge: string) => Promise<string>,
  answerConsent: (challenge: string) => Promise<string>,
): Promise<string> {
  const server = new URL(world.publicUrl);
  const config = await openid.discovery(server, id, secret, openid.ClientSecretBasic(secret), {
    execute: [openid.allowInsecureRequests],
  });
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const code_challenge = await openid.calculatePKCECodeChallenge(verifier);
  const asked = { redirect_uri: callback, scope: "openid read", state, code_challenge, code_challenge_method: "S256" };
  const browser = newBrowser();
  const login = await landing(browser, openid.buildAuthorizationUrl(config, asked).href);
  const consent = await landing(browser, await answerLogin(challengeOf(login, "login_challenge")));
  const back = await landing(browser, await answerConsent(challengeOf(consent, "consent_challenge")));
  const checks = { pkceCodeVerifier: verifier, expectedState: state, idTokenExpected: true };
  return (await openid.authorizationCodeGrant(config, back, checks)).access_token;
}
