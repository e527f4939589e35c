/** OpenID Connect's own: subject identifiers, registration. */
import { flag, listOf, longText, oneOf, text } from "./kinds.ts";
import { rows } from "./setting.ts";

const noRegistration = "dynamic client registration is not served yet";

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
    class: "without effect",
    because: noRegistration,
    meaning: "Whether clients may register themselves.",
  },
  "oidc.dynamic_client_registration.default_scope": {
    kind: listOf(text),
    default: ["offline_access", "offline", "openid"],
    meaning: "Scope of clients that name none.",
  },
});
