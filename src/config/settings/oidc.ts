/** OpenID Connect's own: subject identifiers, registration. */
import { flag, integer, listOf, longText, oneOf, text } from "./kinds.ts";
import { rows } from "./setting.ts";

export const oidc = rows({
  "oidc.subject_identifiers.supported_types": {
    kind: listOf(oneOf("public", "pairwise")),
    default: ["public"],
    meaning: "Kinds of subject identifiers that clients may have.",
  },
  "oidc.subject_identifiers.pairwise.salt": {
    kind: longText(8),
    default: null,
    secret: true,
    meaning: "The salt of pairwise subject identifiers; whoever changes it changes every subject.",
  },
  "oidc.session_management.enabled": {
    kind: flag,
    default: false,
    meaning:
      "Whether clients may watch in a frame whether the user is still signed in (OpenID Connect Session Management).",
  },
  "logout.revoke": {
    kind: oneOf("none", "session", "all"),
    default: "session",
    meaning: "Which tokens end with a login session: none, those without offline access, or all that were given in it.",
  },
  "oidc.dynamic_client_registration.enabled": {
    kind: flag,
    default: false,
    meaning: "Whether clients may register themselves at the public port (RFC 7591), whoever they are.",
  },
  "oidc.dynamic_client_registration.default_scope": {
    kind: listOf(text),
    default: ["offline_access", "offline", "openid"],
    meaning:
      "Scope of clients that name none; and what clients may have that register themselves, besides those of profile, email, address and phone that discovery lists.",
  },
  "oidc.dynamic_client_registration.default_audience": {
    kind: listOf(text),
    default: [],
    meaning: "Audiences of clients which register themselves, and the most that they may have.",
  },
  "oidc.dynamic_client_registration.initial_access_tokens": {
    kind: listOf(longText(16)),
    default: [],
    secret: true,
    meaning: "Tokens of which a client must bring one to register itself (RFC 7591, section 3); none: anybody may.",
  },
  "oidc.dynamic_client_registration.rate_limit": {
    kind: integer(0),
    default: 600,
    meaning: "How many clients one address may register in a minute at each process; 0: as many as it likes.",
  },
});
