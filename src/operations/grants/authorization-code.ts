/** The client trades the code its user brought back for tokens: RFC 6749 §4.1.3. */
import { digest } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { requireVerifier } from "../../protocol/pkce.ts";
import { isDoubleSubmit } from "../../protocol/refresh-rotation.ts";
import type { PresentedCode } from "../../protocol/token.ts";
import { narrowedAudience } from "./audience.ts";
import type { Grant } from "./grant.ts";
import { endReplayed } from "./replay.ts";

export const authorizationCode: Grant = {
  type: "authorization_code",

  async authorize({ client, form, now }, ports) {
    const code = await ports.store.codes.find(digest(form.require("code")));
    if (code?.clientId !== client.id) refuse("invalid_grant", "The authorization code is not known.");
    // Who fails a proof causes nothing: a code read in a log must not end its owner's tokens.
    requireSameRedirectUri(code, form.get("redirect_uri"));
    requireVerifier(code.codeChallenge, form.get("code_verifier"));
    const provenByVerifier = code.codeChallenge !== null;
    if (code.spentAt !== null) {
      if (!isDoubleSubmit(code.spentAt, now, provenByVerifier)) {
        await endReplayed({ type: "code_replayed", client, authorizationId: code.authorizationId, now }, ports);
      }
      refuse("invalid_grant", "The authorization code has already been used.");
    }
    if (code.revoked) refuse("invalid_grant", "The authorization has been revoked.");
    if (code.expiresAt <= now) refuse("invalid_grant", "The authorization code has expired.");
    const { authorization } = code;
    return {
      lifespans: "authorization_code",
      authorization,
      // RFC 6749 §4.1.3: a scope sent here has no meaning; what was granted counts.
      scope: authorization.grantedScope,
      audience: narrowedAudience(authorization.grantedAudience, form),
      refreshable: true,
      spends: { kind: "code", digest: code.digest, provenByVerifier },
    };
  },

  // RFC 6749 §4.1.2: of two that prove it, one is a thief, unless the same page was submitted twice.
  async lost(earned, now, ports) {
    if (earned.spends.kind !== "code") return "refuse";
    const code = await ports.store.codes.find(earned.spends.digest);
    if (code === undefined || code.spentAt === null) return "refuse";
    return isDoubleSubmit(code.spentAt, now, earned.spends.provenByVerifier) ? "refuse" : "revoke";
  },
};

// RFC 6749 §4.1.3: required and identical if it was part of the authorization request.
function requireSameRedirectUri(code: PresentedCode, sent: string | undefined): void {
  if (sent === undefined && !code.redirectUriSent) return;
  if (sent !== code.redirectUri) {
    refuse("invalid_grant", "The 'redirect_uri' does not match the one of the authorization request.");
  }
}
