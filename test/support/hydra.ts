/** A real Ory Hydra, and what applications and users do at it: what an import has to bring along. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import {
  authorizationRequest,
  callback,
  newClient,
  obtainTokens,
  refresh,
  runFlow,
  type TestClient,
  type Tokens,
} from "./code-flow.ts";
import { type Callable, callable, consentPage, freePort, loginPage, send } from "./server.ts";

export const hydraSecret = "a-secret-of-the-hydra-of-tests";
export const pairwiseSalt = "a-salt-of-the-hydra-of-tests";

/** All that a test must know of what happened at Hydra. */
export interface HydraLife {
  readonly issuer: string;
  /** Secrets hashed with PBKDF2 and with bcrypt. */
  readonly web: TestClient;
  readonly machine: TestClient;
  readonly spa: TestClient;
  readonly pairwise: TestClient;
  /** Ids of clients that cannot come along. */
  readonly lost: readonly string[];
  /** Consent remembered, and a refresh token that was never used. */
  readonly alice: Tokens;
  /** A refresh token that was used at Hydra, and its child. */
  readonly bob: { readonly used: string; readonly current: string };
  /** Of the client without a secret. */
  readonly dora: Tokens;
  /** Under which `sub` the pairwise client knows them: computed by Hydra, and forced by the login application. */
  readonly subjects: { readonly alice: string; readonly carol: string };
  readonly pairwiseRefreshToken: string;
  readonly kids: readonly string[];
}

interface Hydra extends Callable {
  stop(): Promise<void>;
}

/** Migrates the database and serves; `environment` over the settings of these tests. */
export async function startHydra(
  binary: string,
  dsn: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Hydra> {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const urls = { publicUrl: `http://127.0.0.1:${publicPort}`, adminUrl: `http://127.0.0.1:${adminPort}` };
  const env = {
    DSN: dsn,
    SECRETS_SYSTEM: hydraSecret,
    SERVE_PUBLIC_HOST: "127.0.0.1",
    SERVE_PUBLIC_PORT: String(publicPort),
    SERVE_ADMIN_HOST: "127.0.0.1",
    SERVE_ADMIN_PORT: String(adminPort),
    URLS_SELF_ISSUER: urls.publicUrl,
    URLS_LOGIN: loginPage,
    URLS_CONSENT: consentPage,
    OIDC_SUBJECT_IDENTIFIERS_SUPPORTED_TYPES: "public,pairwise",
    OIDC_SUBJECT_IDENTIFIERS_PAIRWISE_SALT: pairwiseSalt,
    // What is kept as a file must be good for as long as it is tested with.
    TTL_REFRESH_TOKEN: "876000h",
    OAUTH2_HASHERS_PBKDF2_ITERATIONS: "1000",
    OAUTH2_HASHERS_BCRYPT_COST: "4",
    SQA_OPT_OUT: "true",
    LOG_LEVEL: "error",
    ...environment,
  };
  const run = (args: readonly string[]) => spawn(binary, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  await once(run(["migrate", "sql", "up", "-e", "--yes"]), "exit");
  const child = run(["serve", "all", "--dev"]);
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  await untilReady(`${urls.adminUrl}/health/ready`);
  return {
    ...callable(urls),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      process.off("exit", orphaned);
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const status = await send("GET", url).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    if (performance.now() > deadline) throw new Error(`Hydra is not ready at ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Lets an empty Hydra live through everything that an import knows. */
export async function liveAtHydra(binary: string, dsn: string): Promise<HydraLife> {
  const first = await startHydra(binary, dsn, { OAUTH2_HASHERS_ALGORITHM: "bcrypt" });
  const machine = await newClient(first, {
    client_id: "machine",
    client_secret: "a-secret-hashed-with-bcrypt",
    grant_types: ["client_credentials"],
  });
  await first.stop();
  const hydra = await startHydra(binary, dsn);
  const clients = await makeClients(hydra);
  await makeTrust(hydra);
  const remembering = { login: { remember: true }, consent: { ...claims, remember: true, remember_for: 0 } };
  const alice = await obtainTokens(hydra, clients.web, { audience: "https://api.example.org" }, remembering);
  const used = await obtainTokens(hydra, clients.web, {}, { login: { subject: "bob" } });
  const current = (await refresh(hydra, clients.web, used.refresh_token)).body.refresh_token;
  // Neither remembered nor renewable: nothing of it comes along.
  await obtainTokens(hydra, clients.web, { scope: "openid read" }, { login: { subject: "dave" } });
  const dora = await publicTokens(hydra, clients.spa);
  const paired = await obtainTokens(hydra, clients.pairwise);
  const forced = { subject: "carol", force_subject_identifier: "carol-as-they-know-her" };
  const carol = await obtainTokens(hydra, clients.pairwise, {}, { login: forced });
  const keys = await hydra.get("/.well-known/jwks.json");
  await hydra.stop();
  return {
    issuer: hydra.publicUrl,
    ...clients,
    machine: { ...machine, secret: "a-secret-hashed-with-bcrypt" },
    lost: ["signs-with-its-secret", "wild"],
    alice,
    bob: { used: used.refresh_token, current },
    dora,
    subjects: { alice: subjectOf(paired), carol: subjectOf(carol) },
    pairwiseRefreshToken: paired.refresh_token,
    kids: keys.body.keys.map((key: { readonly kid: string }) => key.kid),
  };
}

const claims = { session: { id_token: { email: "alice@example.org" }, access_token: { tenant: "north" } } };

async function makeClients(hydra: Callable) {
  const audience = ["https://api.example.org"];
  const web = await newClient(hydra, {
    client_id: "web",
    client_name: "The web shop",
    audience,
    metadata: { team: "shop" },
    contacts: ["shop@example.org"],
    refresh_token_grant_access_token_lifespan: "2h",
    skip_logout_consent: true,
  });
  const spa = await newClient(hydra, {
    client_id: "spa",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
  });
  const pairwise = await newClient(hydra, { client_id: "pairwise", subject_type: "pairwise" });
  await newClient(hydra, {
    client_id: "signs-with-its-secret",
    client_secret: "a-secret-by-which-it-signs-its-own-jwt",
    token_endpoint_auth_method: "client_secret_jwt",
  });
  await newClient(hydra, { client_id: "wild", redirect_uris: ["javascript:alert(1)"] });
  await newClient(hydra, {
    client_id: "password",
    grant_types: ["password", "refresh_token"],
    token_endpoint_auth_method: "private_key_jwt",
    jwks: { keys: [publicKey("the-client's")] },
  });
  return { web, spa, pairwise };
}

async function makeTrust(hydra: Callable): Promise<void> {
  await created(
    hydra.admin("POST", "/admin/trust/grants/jwt-bearer/issuers", {
      issuer: "https://partner.example.org",
      subject: "partner-user",
      scope: ["read"],
      jwk: publicKey("the-partner's"),
      expires_at: "2099-01-01T00:00:00Z",
    }),
  );
  await created(hydra.admin("POST", "/admin/keys/billing", { alg: "ES256", use: "sig", kid: "billing-1" }));
  await created(
    hydra.admin("POST", "/admin/keys/hydra.openid.id-token", { alg: "RS256", use: "sig", kid: "the-second-key" }),
  );
}

async function created(answer: ReturnType<Callable["admin"]>): Promise<void> {
  const { status, text } = await answer;
  if (status !== 201) throw new Error(`Hydra: ${status} ${text}`);
}

async function publicTokens(hydra: Callable, client: TestClient): Promise<Tokens> {
  const asked = authorizationRequest(hydra, client);
  const place = await runFlow(hydra, asked.url, { login: { subject: "dora" }, consent: { remember: true } });
  const code = place.searchParams.get("code") ?? "";
  const form = {
    grant_type: "authorization_code",
    client_id: client.id,
    code,
    redirect_uri: callback,
    code_verifier: asked.verifier,
  };
  const answer = await hydra.post("/oauth2/token", form);
  if (answer.status !== 200) throw new Error(`Hydra: ${answer.status} ${answer.text}`);
  return answer.body;
}

function publicKey(kid: string) {
  const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...key.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
}

export function subjectOf({ id_token: token }: Tokens): string {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")).sub;
}
