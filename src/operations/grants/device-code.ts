/** A device asks whether its user has let it in, and gets its tokens once that is so: RFC 8628 §3.4, §3.5. */
import { digest } from "../../protocol/digest.ts";
import { refuse } from "../../protocol/errors.ts";
import { deviceCodeGrantType } from "../../protocol/names.ts";
import { requireVerifier } from "../../protocol/pkce.ts";
import { isDoubleSubmit } from "../../protocol/refresh-rotation.ts";
import { narrowedAudience } from "./audience.ts";
import type { Grant } from "./grant.ts";
import { endReplayed } from "./replay.ts";

export const deviceCode: Grant = {
  type: deviceCodeGrantType,

  async authorize({ client, form, now }, ports) {
    const code = await ports.store.deviceCodes.find(digest(form.require("device_code")));
    if (code?.clientId !== client.id) refuse("invalid_grant", "The device code is not known.");
    requireVerifier(code.codeChallenge, form.get("code_verifier"));
    const { authorization, state, spentAt } = code;
    if (spentAt !== null && authorization !== null) {
      // The device code never went through a browser: whoever has it proves as much as with a PKCE verifier.
      if (!isDoubleSubmit(spentAt, now, true)) {
        await endReplayed({ type: "device_code_replayed", client, authorizationId: authorization.id, now }, ports);
      }
      refuse("invalid_grant", "The device code has already been used.");
    }
    // RFC 6749 §5.2: an error of the token endpoint is a 400, whatever it is called.
    if (state === "denied") refuse("invalid_grant", "The user has denied the access.", { spoken: "access_denied" });
    if (code.expiresAt <= now) refuse("expired_token", "The device code has expired. Begin again with a new one.");
    if (authorization === null) {
      const interval = ports.config["oauth2.device_authorization.token_polling_interval"];
      if (ports.deviceMemory.asksTooOften(code.digest, interval, now)) {
        refuse("slow_down", "The device asks too often: it must wait 5 seconds longer from now on.");
      }
      refuse("authorization_pending", "The user has not yet answered.");
    }
    if (code.revoked) refuse("invalid_grant", "The authorization has been revoked.");
    return {
      lifespans: "device_authorization",
      authorization,
      // A scope sent here has no meaning; what the user has granted counts (CVE-2024-52287).
      scope: authorization.grantedScope,
      audience: narrowedAudience(authorization.grantedAudience, form),
      refreshable: true,
      spends: { kind: "device_code", digest: code.digest },
    };
  },

  // What the winner has left decides what this presentation was.
  async lost() {
    return "again";
  },
};
