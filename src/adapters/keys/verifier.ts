/** Whose JWT is it? Signatures only, under an algorithm that is known beforehand (RFC 8725 §3.1); meanings are the caller's. */
import { compactVerify } from "jose";
import type { VerifiedJwt, Verifier } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { type Algorithm, isAlgorithm, namedAs, namesOf, verifyBytes } from "./algorithms.ts";
import { type ClientKeySet, type ClientKeys, clientKeySet } from "./client-keys.ts";
import { type CompactJws, parseCompactJws, parseUnsecuredJws } from "./compact-jws.ts";
import type { KeyRing } from "./key-ring.ts";
import type { MacSecrets } from "./mac-secrets.ts";
import { recent } from "./recent.ts";

/** A client assertion or a request object. */
const maxForeignLength = 16_384;
/** Ours may carry claims that consent applications added. */
const maxOwnLength = 65_536;

/** Keys of trusted issuers that stay imported. */
const maxImported = 1_000;

export function verifier(ring: KeyRing, clientKeys: ClientKeys, secrets: Pick<MacSecrets, "isMac">): Verifier {
  const imported = recent<ClientKeySet>(maxImported);
  const keyOf = (publicJwk: JsonObject): ClientKeySet => {
    const name = JSON.stringify(publicJwk);
    const known = imported.get(name) ?? clientKeySet({ keys: [publicJwk] });
    imported.set(name, known);
    return known;
  };
  const made: Verifier = {
    async ours(set, typ, jwt) {
      const jws = parseCompactJws(jwt, maxOwnLength);
      const kid = jws?.header.kid;
      // RFC 8725 §3.11: the type says what a JWT is for; an ID token is no access token.
      if (jws === undefined || typeof kid !== "string" || jws.header.typ !== typ) return undefined;
      const key = await ring.find(set, kid);
      // RFC 8725 §3.1: the algorithm is the key's, whatever the header would like.
      if (key === undefined || jws.header.alg !== key.algorithm()) return undefined;
      return (await verifyBytes(key.algorithm(), key.publicKey(), jws)) ? toVerified(jws) : undefined;
    },
    async clients(client, algorithm, jwt) {
      const jws = parseCompactJws(jwt, maxForeignLength);
      if (jws === undefined || namedAs(jws.header.alg) !== algorithm) return undefined;
      const isMac = secrets.isMac(client, algorithm, jws);
      if (isMac !== undefined) return isMac ? toVerified(jws) : undefined;
      if (!isAlgorithm(algorithm)) return undefined;
      const kid = jws.header.kid;
      if (kid !== undefined && typeof kid !== "string") return undefined;
      const proven = await isClients(client, clientKeys, { jwt, algorithm, kid });
      return proven ? toVerified(jws) : undefined;
    },
    async requestObject(client, jwt) {
      const registered = client.requestObjectSigningAlg;
      // JAR-001: without a proof only for the clients that were registered for just that.
      if (registered === "none") return parseUnsecuredJws(jwt, maxForeignLength);
      if (registered !== "") return made.clients(client, registered, jwt);
      // OIDC Registration §2: a client that names no algorithm may use any that its keys are for.
      const algorithm = namedAs(parseCompactJws(jwt, maxForeignLength)?.header.alg);
      const isOfKeys = typeof algorithm === "string" && isAlgorithm(algorithm);
      return isOfKeys ? made.clients(client, algorithm, jwt) : undefined;
    },
    read(jwt) {
      const jws = parseCompactJws(jwt, maxForeignLength);
      return jws === undefined ? undefined : toVerified(jws);
    },
    async signedBy(publicJwk, jwt) {
      const jws = parseCompactJws(jwt, maxForeignLength);
      const algorithm = namedAs(jws?.header.alg);
      // RFC 8725 §3.1: `none` and symmetric ones are no algorithms here, and the key's own `alg` is the only one it takes.
      if (jws === undefined || typeof algorithm !== "string" || !isAlgorithm(algorithm)) return undefined;
      const verdict = await judge(keyOf(publicJwk), { jwt, algorithm, kid: undefined });
      return verdict === "good" ? toVerified(jws) : undefined;
    },
  };
  return made;
}

interface Claimed {
  readonly jwt: string;
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

/** CAUTH-038: a key that is not among those we know may have been published since. */
async function isClients(client: Client, keys: ClientKeys, claimed: Claimed): Promise<boolean> {
  const known = await keys.current(client);
  const judged = known === undefined ? "unknown key" : await judge(known, claimed);
  if (judged !== "unknown key") return judged === "good";
  const newer = await keys.newer(client);
  return newer !== undefined && newer !== known && (await judge(newer, claimed)) === "good";
}

async function judge(keys: ClientKeySet, { jwt, algorithm, kid }: Claimed): Promise<"good" | "bad" | "unknown key"> {
  const candidates = await keys.candidates(algorithm, kid);
  for (const key of candidates) {
    const verified = await compactVerify(jwt, key, { algorithms: namesOf(algorithm) }).catch(() => undefined);
    if (verified !== undefined) return "good";
  }
  // RFC 7517 §4.5: a named key was there and did not make this; an unnamed one may be new.
  return candidates.length > 0 && kid !== undefined ? "bad" : "unknown key";
}

function toVerified({ header, claims }: CompactJws): VerifiedJwt {
  return { header, claims };
}
