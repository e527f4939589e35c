/** How a client says who it is (RFC 6749 §2.3, RFC 7521 §4.2): read from header and form, not yet believed. */
import { refuse } from "./errors.ts";
import { jwtBearerAssertionType } from "./names.ts";
import type { Parameters } from "./parameters.ts";
import { isCleanText } from "./text.ts";

export type Credentials =
  | { readonly method: "none"; readonly clientId: string }
  | {
      readonly method: "client_secret_basic" | "client_secret_post";
      readonly clientId: string;
      readonly secret: string;
    }
  | { readonly method: "private_key_jwt"; readonly clientId: string | undefined; readonly assertion: string };

/** Longer secrets are nobody's; hashing them would be work for an attacker. */
const maxSecretLength = 1024;

/**
 * RFC 6749 §2.3: exactly one way of authentication. `authorization` is the header, `form` the body's parameters.
 * Nothing at all is `invalid_client`; two ways at once are `invalid_request`.
 */
export function readCredentials(authorization: string | undefined, form: Parameters): Credentials {
  // RFC 6749 §3.2: what is empty is as if it were not sent.
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  const ways = [authorization, secret, assertion];
  if (ways.filter((way) => way !== undefined).length > 1) {
    refuse("invalid_request", "The client must not use more than one way of authentication in one request.");
  }
  if (authorization !== undefined) return readBasic(authorization, form);
  if (assertion !== undefined || form.get("client_assertion_type") !== undefined) return readAssertion(form);
  const clientId = form.get("client_id");
  if (clientId === undefined) refuse("invalid_client", "The request names no client.");
  if (secret === undefined) return { method: "none", clientId };
  return { method: "client_secret_post", clientId, secret: bounded(secret) };
}

function readBasic(header: string, form: Parameters): Credentials {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) malformed();
  const bytes = Buffer.from(encoded, "base64");
  // RFC 4648 §3.5: one credential has one spelling.
  if (bytes.toString("base64") !== encoded) malformed();
  const text = bytes.toString("utf8");
  const colon = text.indexOf(":");
  if (colon === -1 || text.includes("\ufffd")) malformed();
  // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
  const clientId = decodePart(text.slice(0, colon));
  const secret = decodePart(text.slice(colon + 1));
  if (clientId === "") malformed();
  const named = form.get("client_id");
  if (named !== undefined && named !== clientId) {
    refuse("invalid_request", "The 'client_id' parameter differs from the client in the Authorization header.");
  }
  // Public clients of many libraries send `id:` with nothing after it; that proves nothing and is read as `none`.
  if (secret === "") return { method: "none", clientId };
  return { method: "client_secret_basic", clientId, secret: bounded(secret) };
}

function readAssertion(form: Parameters): Credentials {
  if (form.get("client_assertion_type") !== jwtBearerAssertionType) {
    refuse("invalid_client", `The 'client_assertion_type' must be '${jwtBearerAssertionType}'.`);
  }
  return {
    method: "private_key_jwt",
    clientId: form.get("client_id"),
    assertion: form.require("client_assertion"),
  };
}

function decodePart(text: string): string {
  try {
    const plain = decodeURIComponent(text.replaceAll("+", " "));
    if (isCleanText(plain)) return plain;
  } catch {
    // Broken percent-encoding falls through to the refusal.
  }
  return malformed();
}

function bounded(secret: string): string {
  if (secret.length > maxSecretLength) refuse("invalid_client", "The client secret is too long.");
  return secret;
}

function malformed(): never {
  refuse("invalid_client", "The Authorization header is not well-formed HTTP Basic (RFC 7617).");
}
