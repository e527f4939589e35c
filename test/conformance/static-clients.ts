/** The three clients that the plans with static registration ask for, made by the admin API. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as z from "zod";
import { askJson } from "./json-client.ts";

const Created = z.object({ client_id: z.string() });

const wanted = [
  { name: "client", method: "client_secret_basic", query: "" },
  { name: "client2", method: "client_secret_basic", query: "?dummy1=lorem&dummy2=ipsum" },
  { name: "client_secret_post", method: "client_secret_post", query: "" },
] as const;

export interface StaticClients {
  /** For the configuration of the plan. */
  readonly configuration: Readonly<Record<string, unknown>>;
  remove(): Promise<void>;
}

/** `callbacks` is where the suite takes redirects of this plan. */
export async function createStaticClients(adminUrl: string, callbacks: string): Promise<StaticClients> {
  const made = await Promise.all(
    wanted.map(async ({ name, method, query }) => {
      const secret = randomBytes(32).toString("base64url");
      const key = { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }) };
      const jwk = { ...key, kid: name, use: "sig", alg: "RS256" };
      const { client_id } = Created.parse(
        await askJson(`${adminUrl}/admin/clients`, {
          method: "POST",
          body: {
            client_name: name,
            client_secret: secret,
            token_endpoint_auth_method: method,
            grant_types: ["authorization_code", "implicit", "refresh_token"],
            response_types: [
              "code",
              "id_token",
              "id_token token",
              "code id_token",
              "code token",
              "code id_token token",
            ],
            scope: "openid offline_access offline profile email address phone",
            jwks: { keys: [{ kty: key.kty, n: key.n, e: key.e, kid: jwk.kid, use: jwk.use, alg: jwk.alg }] },
            redirect_uris: [...new Set([`${callbacks}/callback`, `${callbacks}/callback${query}`])],
          },
        }),
      );
      return [name, { client_id, client_secret: secret, jwks: { keys: [jwk] } }] as const;
    }),
  );
  return {
    configuration: Object.fromEntries(made),
    async remove() {
      for (const [, { client_id }] of made)
        await askJson(`${adminUrl}/admin/clients/${client_id}`, { method: "DELETE" });
    },
  };
}
