/** New keys, made on another thread: an RSA key takes a tenth of a second or more. */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { KeyMaker, Random } from "../../ports/ports.ts";
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json.ts";
import { algorithmOf } from "./algorithms.ts";
import { readKey } from "./read-key.ts";

const generatePair = promisify(generateKeyPair);

// NIST SP 800-57: 112 bits of strength; what relying parties expect, and a longer key signs four times slower.
const modulusLength = 2048;

export function keyMaker(random: Random): KeyMaker {
  return {
    async generate(set, algorithm, now, { kid, use } = { kid: random.uuid(), use: "sig" }) {
      const { publicKey, privateKey } = await makePair(algorithm);
      const names = { kid, use, alg: algorithm };
      return {
        set,
        kid,
        algorithm,
        use,
        createdAt: now,
        chosenAt: now,
        signsFrom: now,
        tokensUntil: null,
        follows: null,
        publicJwk: { ...names, ...toJwk(publicKey) },
        privateJwk: { ...names, ...toJwk(privateKey) },
      };
    },
    read: (set, jwk, now) => readKey({ kid: random.uuid(), ...jwk }, set, now),
  };
}

function makePair(algorithm: string): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const row = algorithmOf(algorithm);
  if (row === undefined) refuse("invalid_request", "Unsupported key algorithm", { field: "alg" });
  if (row.kty === "RSA") return generatePair("rsa", { modulusLength });
  return row.kty === "EC" ? generatePair("ec", { namedCurve: row.curve }) : generatePair("ed25519");
}

function toJwk(key: KeyObject): JsonObject {
  const jwk: unknown = key.export({ format: "jwk" });
  if (!isJsonObject(jwk)) throw new Error("A key has no JWK form.");
  return jwk;
}
