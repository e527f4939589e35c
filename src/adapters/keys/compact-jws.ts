/** The compact form of a JWS (RFC 7515 §7.1), read strictly: whatever could be read in two ways is not read at all. */
import { isUtf8 } from "node:buffer";
import { isJsonObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import { decodeBase64url } from "./base64url.ts";

export interface CompactJws {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** What the signature is over. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * Undefined for anything but three canonical parts with a header and claims that are JSON objects. So JSON
 * serialisations, JWE (five parts) and detached payloads are not read.
 */
export function parseCompactJws(jwt: string, maxLength: number): CompactJws | undefined {
  const parsed = parseParts(jwt, maxLength);
  return parsed === undefined || parsed.signature.length === 0 ? undefined : parsed;
}

/** An unsecured JWS (RFC 7515 App. A.5): what it says, without any proof. */
export function parseUnsecuredJws(
  jwt: string,
  maxLength: number,
): Omit<CompactJws, "signed" | "signature"> | undefined {
  const parsed = parseParts(jwt, maxLength);
  return parsed === undefined || parsed.signature.length > 0 || parsed.header.alg !== "none" ? undefined : parsed;
}

function parseParts(jwt: string, maxLength: number): CompactJws | undefined {
  if (jwt.length > maxLength) return undefined;
  const parts = jwt.split(".", 4);
  const [headerText, payloadText, signatureText] = parts;
  if (parts.length !== 3 || headerText === undefined || payloadText === undefined || signatureText === undefined) {
    return undefined;
  }
  const header = parseObject(headerText);
  const signature = decodeBase64url(signatureText);
  if (header === undefined || signature === undefined) return undefined;
  // RFC 7515 §4.1.11: an extension that is critical and not understood; this server understands none. RFC 7797 (`b64`)
  // changes what the payload is, and `enc` and `zip` belong to JWE.
  if ("crit" in header || "b64" in header || "enc" in header || "zip" in header) return undefined;
  const claims = parseObject(payloadText);
  if (claims === undefined) return undefined;
  return { header, claims, signed: Buffer.from(`${headerText}.${payloadText}`), signature };
}

function parseObject(text: string): JsonObject | undefined {
  const bytes = decodeBase64url(text);
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  try {
    const value = parseJson(bytes.toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
