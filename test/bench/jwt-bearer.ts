/** A trusted issuer of the bench's own, and the assertions that it signs. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { type BenchClient, createClient, formType, json, read } from "./browser-flow.ts";
import { type Connection, message } from "./keep-alive.ts";

const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Answers the next token request: every one has an assertion of its own. */
export async function bearerRequests(visitor: Connection, admin: Connection): Promise<() => string> {
  const client: BenchClient = await createClient(admin, { grant_types: [grant] });
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "bench" };
  const issuer = randomUUID();
  const trust = { issuer, allow_any_subject: true, scope: ["read"], jwk, expires_at: "2099-01-01T00:00:00Z" };
  const path = "/admin/trust/grants/jwt-bearer/issuers";
  read(await admin.ask(message({ method: "POST", path, headers: json, body: JSON.stringify(trust) })), 201);
  const discovery = await visitor.ask(message({ method: "GET", path: "/.well-known/openid-configuration" }));
  const { issuer: audience } = read<{ issuer: string }>(discovery, 200);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const header = encode({ alg: "ES256", kid: "bench" });
  const headers = { ...formType, authorization: client.basic };
  return () => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 60 };
    const signed = `${header}.${encode({ iss: issuer, sub: "alice", aud: audience, jti: randomUUID(), ...times })}`;
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
    const assertion = `${signed}.${signature.toString("base64url")}`;
    const body = new URLSearchParams({ grant_type: grant, assertion, scope: "read" }).toString();
    return message({ method: "POST", path: "/oauth2/token", headers, body });
  };
}
