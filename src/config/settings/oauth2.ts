/** OAuth's choices: PKCE, claims, hooks, grants, token formats. */
import { alphabet, flag, hook, integer, listOf, oneOf, span, text } from "./kinds.ts";
import { rows } from "./setting.ts";

const ownHashes = "secrets are hashed by Argon2id, or by a fast salted hash when this server made them";

export const strategies = rows({
  "strategies.scope": {
    kind: oneOf("exact", "wildcard"),
    default: "wildcard",
    meaning: "How a client's scopes admit a requested one.",
  },
  "strategies.access_token": {
    kind: oneOf("opaque", "jwt"),
    default: "opaque",
    meaning: "The form of access tokens; a client may have its own.",
  },
  "strategies.jwt.scope_claim": {
    kind: oneOf("list", "string", "both"),
    default: "list",
    meaning: "Scopes in JWT access tokens: the list `scp`, the text `scope`, or both.",
  },
});

export const oauth2 = rows({
  "oauth2.token_prefix": {
    kind: oneOf("tsr", "ory"),
    default: "tsr",
    meaning: "What opaque tokens and codes begin with; `ory` for gateways that look for Hydra's.",
  },
  "oauth2.expose_internal_errors": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "errors say what is wrong with a request; what happened inside is in the log",
    meaning: "Whether error_description tells more than a client needs.",
  },
  "oauth2.session.encrypt_at_rest": {
    kind: flag,
    default: true,
    class: "without effect",
    because: "session claims are always sealed",
    meaning: "Whether session claims are encrypted in the database.",
  },
  "oauth2.exclude_not_before_claim": {
    kind: flag,
    default: false,
    meaning: "Whether JWT access tokens have no `nbf`.",
  },
  "oauth2.allowed_top_level_claims": {
    kind: listOf(text),
    default: [],
    meaning: "Session claims that JWT access tokens also carry at their top level.",
  },
  "oauth2.mirror_top_level_claims": {
    kind: flag,
    default: true,
    meaning: "Whether session claims at the top level also stay in `ext`.",
  },
  "oauth2.preserve_ext_claims": {
    kind: flag,
    default: false,
    meaning: "Whether a session claim named `ext` survives beside the object of that name.",
  },
  "oauth2.hashers.algorithm": {
    kind: oneOf("pbkdf2", "bcrypt"),
    default: "pbkdf2",
    class: "without effect",
    because: ownHashes,
    meaning: "How client secrets are hashed.",
  },
  "oauth2.hashers.bcrypt.cost": {
    kind: integer(4, 31),
    default: 10,
    class: "without effect",
    because: ownHashes,
    meaning: "The cost of bcrypt.",
  },
  "oauth2.hashers.pbkdf2.iterations": {
    kind: integer(1),
    default: 25000,
    class: "without effect",
    because: ownHashes,
    meaning: "The iterations of PBKDF2.",
  },
  "oauth2.pkce.enforced": { kind: flag, default: false, meaning: "Whether every client must use PKCE." },
  "oauth2.pkce.enforced_for_public_clients": {
    kind: flag,
    default: true,
    meaning: "Whether public clients must use PKCE.",
  },
  "oauth2.client_credentials.default_grant_allowed_scope": {
    kind: flag,
    default: false,
    meaning: "Whether a client that asks for no scope gets all of its own.",
  },
  "oauth2.rate_limit.client": {
    kind: integer(0),
    default: 0,
    meaning:
      "How often one client may ask in a minute from one address, at each process, for tokens and likewise for device codes; 0: as often as it likes.",
  },
  "oauth2.rate_limit.address": {
    kind: integer(0),
    default: 0,
    meaning: "The same of all clients of one address together (of a /64, where it is IPv6).",
  },
  "oauth2.grant.refresh_token.rotation_grace_period": {
    kind: span,
    default: 0,
    unit: "seconds",
    meaning: "How long a used refresh token still answers, at most 5m, or 180d with a reuse count.",
  },
  "oauth2.grant.refresh_token.rotation_grace_reuse_count": {
    kind: integer(0),
    default: 0,
    meaning: "How often a used refresh token still answers within the grace period; 0: any number.",
  },
  "oauth2.grant.jwt.jti_optional": {
    kind: flag,
    default: false,
    meaning: "Whether assertions may have no `jti`.",
  },
  "oauth2.grant.jwt.iat_optional": {
    kind: flag,
    default: false,
    meaning: "Whether assertions may have no `iat`.",
  },
  "oauth2.grant.jwt.max_ttl": {
    kind: span,
    default: 2592000,
    unit: "seconds",
    meaning: "How long an assertion may be valid.",
  },
  "oauth2.grant.jwt.omit_assertion_audience": {
    kind: flag,
    default: true,
    meaning: "Whether tokens leave out the assertion's audience.",
  },
  "oauth2.refresh_token_hook": {
    kind: hook,
    default: null,
    secret: true,
    meaning: "What is asked before a refresh, before `oauth2.token_hook` is.",
  },
  "oauth2.token_hook": {
    kind: hook,
    default: null,
    secret: true,
    meaning: "What is asked before tokens are issued at the token endpoint, by any grant.",
  },
  "oauth2.device_authorization.token_polling_interval": {
    kind: span,
    default: 5,
    unit: "seconds",
    meaning: "How often a device may ask; one that asks too early has to wait 5 s longer each time.",
  },
  "oauth2.device_authorization.user_code.entropy_preset": {
    kind: oneOf("high", "medium", "low"),
    default: null,
    meaning: "User codes as Hydra makes them: 8 letters and digits, 8 letters, or 9 digits; unset: 8 consonants.",
  },
  "oauth2.device_authorization.user_code.length": {
    kind: integer(6, 64),
    default: null,
    meaning: "The length of user codes.",
  },
  "oauth2.device_authorization.user_code.character_set": {
    kind: alphabet,
    default: null,
    meaning: "The characters of user codes.",
  },
});
