/** The floor: what Fastify alone costs for a form that is answered in JSON, and for JSON that is read. */
import fastify from "fastify";

const token = {
  access_token: `tsr_at_${"x".repeat(43)}`,
  expires_in: 3600,
  scope: "read",
  token_type: "bearer",
};

/** What a client of the benchmark looks like over REST. */
const client = {
  client_id: "8a1c7a3f-6f0e-4c86-9d51-1b1a5f3f0f0e",
  client_name: "",
  redirect_uris: ["https://app.example/callback"],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  response_types: ["code"],
  scope: "openid offline_access read",
  audience: [],
  owner: "",
  policy_uri: "",
  allowed_cors_origins: [],
  tos_uri: "",
  client_uri: "",
  logo_uri: "",
  contacts: null,
  client_secret_expires_at: 0,
  subject_type: "public",
  jwks: {},
  token_endpoint_auth_method: "client_secret_basic",
  userinfo_signed_response_alg: "none",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  metadata: {},
  skip_consent: false,
  skip_logout_consent: null,
};

const app = fastify();
app.addContentTypeParser<string>("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) =>
  done(null, new URLSearchParams(body)),
);
app.post("/form", async () => token);
app.get("/json", async () => token);
app.get("/client", async () => client);
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${url}\n`);
