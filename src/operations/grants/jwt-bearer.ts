/** The client trades a JWT of a trusted issuer for an access token: RFC 7521 §4.1, RFC 7523 §2.1. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { readAudience, requireAdmittedAudience } from "../../protocol/audience.ts";
import { type Client, isPublic } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import {
  type AssertionClaim,
  audiencesOf,
  readAssertionClaim,
  requireGrantAssertion,
} from "../../protocol/grant-assertion.ts";
import type { JsonObject } from "../../protocol/json.ts";
import { jwtBearerGrantType } from "../../protocol/names.ts";
import { parseScope, requireAdmittedScope } from "../../protocol/scope.ts";
import type { TrustedIssuer } from "../../protocol/trusted-issuer.ts";
import { audiencesOfEndpoint } from "../clients/authenticate.ts";
import type { Grant } from "./grant.ts";

export const jwtBearer: Grant = {
  type: jwtBearerGrantType,

  async authorize({ client, form, now }, ports) {
    const { config } = ports;
    // As in Hydra: RFC 7523 §3.1 would leave it open.
    if (isPublic(client)) {
      refuse("unauthorized_client", "Clients without authentication must not use the grant 'jwt-bearer'.");
    }
    const assertion = form.require("assertion");
    const read = ports.verifier.read(assertion) ?? refuseUnproven();
    const claim = readAssertionClaim(read.header, read.claims);
    requireNoClientAssertion(claim, client);
    const { trust, claims } = await requireTrust(assertion, claim, now, ports);
    const usable = requireGrantAssertion(claims, assertionRules(config, now));
    const scope = parseScope(form.get("scope"));
    requireAdmittedScope(config["strategies.scope"], trust.scope.join(" "), scope);
    requireAdmittedScope(config["strategies.scope"], client.scope, scope);
    const audience = readAudience(form);
    requireAdmittedAudience(client.audience, audience);
    return {
      lifespans: "jwt_bearer",
      authorization: null,
      subject: claim.subject,
      scope,
      audience: config["oauth2.grant.jwt.omit_assertion_audience"]
        ? audience
        : [...new Set([...audience, ...audiencesOf(claims)])],
      // RFC 7521 §4.1: who has the issuer's word has no need of a refresh token.
      refreshable: false,
      spends: usable === null ? { kind: "nothing" } : { kind: "assertion", assertion: usable },
    };
  },
};

// RFC 8725 §3.11: by which a client proves itself is no grant, even where somebody trusts it as an issuer.
function requireNoClientAssertion({ issuer, subject }: AssertionClaim, client: Client): void {
  if (issuer === client.id && subject === client.id) {
    refuse("invalid_grant", "The assertion is of a client about itself; use the grant 'client_credentials'.");
  }
}

/** Whose key has signed it, as trusted at this very moment. */
async function requireTrust(
  assertion: string,
  claim: AssertionClaim,
  now: Date,
  { store, verifier }: Ports,
): Promise<{ readonly trust: TrustedIssuer; readonly claims: JsonObject }> {
  for (const trust of await store.trustedIssuers.candidates(claim, now)) {
    const verified = await verifier.signedBy(trust.publicJwk, assertion);
    if (verified !== undefined) return { trust, claims: verified.claims };
  }
  return refuseUnproven();
}

function refuseUnproven(): never {
  // One sentence for all: which issuers, subjects and keys are trusted is nobody's business.
  return refuse("invalid_grant", "The assertion is not one of a trusted issuer, subject and key.");
}

function assertionRules(config: Config, now: Date) {
  return {
    audiences: audiencesOfEndpoint("token", config),
    maxSeconds: config["oauth2.grant.jwt.max_ttl"],
    idOptional: config["oauth2.grant.jwt.jti_optional"],
    issuedAtOptional: config["oauth2.grant.jwt.iat_optional"],
    now,
  };
}
