/** Where things are: this server, the login and consent applications, and what discovery says about it. */
import { baseUrl, headers, listOf, text, url, urlOrPath } from "./kinds.ts";
import { rows } from "./setting.ts";

export const urls = rows({
  "urls.self.issuer": {
    kind: baseUrl,
    default: null,
    meaning: "The issuer, https outside dev mode; set it always: unset, it is made of serve.public.",
  },
  "urls.self.public": { kind: baseUrl, default: null, meaning: "The public port from outside; unset: the issuer." },
  "urls.self.admin": {
    kind: baseUrl,
    default: null,
    meaning: "The admin port from outside; unset: made of serve.admin.",
  },
  "urls.login": { kind: urlOrPath, default: null, meaning: "The login application; unset: a page that says so." },
  "urls.registration": {
    kind: urlOrPath,
    default: null,
    meaning: "Where `prompt=registration` leads; unset: the login application.",
  },
  "urls.consent": { kind: urlOrPath, default: null, meaning: "The consent application; unset: a page that says so." },
  "urls.logout": {
    kind: urlOrPath,
    default: null,
    meaning: "The logout application; unset: a page that says so.",
  },
  "urls.error": { kind: urlOrPath, default: null, meaning: "The error page; unset: this server's own." },
  "urls.post_logout_redirect": {
    kind: urlOrPath,
    default: null,
    meaning: "Where a browser goes after logout when the client names no place; unset: a page that says so.",
  },
  "urls.device.verification": {
    kind: urlOrPath,
    default: null,
    meaning: "The page that asks for a device's user code; unset: a page that says so.",
  },
  "urls.device.success": {
    kind: urlOrPath,
    default: null,
    meaning: "The page that says that the device is signed in; unset: a page that says so.",
  },
  "urls.identity_provider.url": {
    kind: url,
    default: null,
    meaning: "The admin API of the identity provider (Ory Kratos) whose sessions end with ours.",
  },
  "urls.identity_provider.publicUrl": {
    kind: url,
    default: null,
    class: "without effect",
    because: "only the admin API of the identity provider is called",
    meaning: "The public API of the identity provider.",
  },
  "urls.identity_provider.headers": {
    kind: headers,
    default: {},
    secret: true,
    meaning: "Headers of calls to the identity provider.",
  },
});

const ownUrl = (what: string) => ({ kind: url, default: null, meaning: `${what} as discovery says it; unset: ours.` });

export const webfinger = rows({
  "webfinger.jwks.broadcast_keys": {
    kind: listOf(text),
    default: ["hydra.openid.id-token"],
    meaning: "Key sets published in jwks.json, besides the two that sign tokens.",
  },
  "webfinger.oidc_discovery.jwks_url": ownUrl("The URL of the keys"),
  "webfinger.oidc_discovery.token_url": ownUrl("The token endpoint"),
  "webfinger.oidc_discovery.auth_url": ownUrl("The authorization endpoint"),
  "webfinger.oidc_discovery.device_authorization_url": ownUrl("The device authorization endpoint"),
  "webfinger.oidc_discovery.userinfo_url": ownUrl("The userinfo endpoint"),
  "webfinger.oidc_discovery.client_registration_url": ownUrl("The registration endpoint"),
  "webfinger.oidc_discovery.supported_claims": {
    kind: listOf(text),
    default: [],
    meaning: "Claims that discovery lists besides `sub`.",
  },
  "webfinger.oidc_discovery.supported_scope": {
    kind: listOf(text),
    default: [],
    meaning: "Scopes that discovery lists besides offline_access, offline and openid.",
  },
});
