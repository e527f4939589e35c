/** The cookies of browsers: names, scope, SameSite. */
import { cookieDomain, cookieName, cookiePath, flag, oneOf } from "./kinds.ts";
import { rows } from "./setting.ts";

export const cookies = rows({
  "serve.cookies.same_site_mode": {
    kind: oneOf("Strict", "Lax", "None"),
    default: "None",
    meaning: "SameSite of every cookie; None becomes Lax when the issuer is not https.",
  },
  "serve.cookies.same_site_legacy_workaround": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "no browser in use today needs it",
    meaning: "Whether cookies are sent a second time without SameSite.",
  },
  "serve.cookies.domain": {
    kind: cookieDomain,
    default: "",
    meaning: "Domain of every cookie; empty: this host only.",
  },
  "serve.cookies.secure": {
    kind: flag,
    default: false,
    meaning: "Whether cookies are Secure in dev mode; out of it they always are.",
  },
  "serve.cookies.names.login_csrf": {
    kind: cookieName,
    default: "ory_hydra_login_csrf",
    meaning: "The name, without its suffix, of the cookie that binds a flow to its browser.",
  },
  "serve.cookies.names.consent_csrf": {
    kind: cookieName,
    default: "ory_hydra_consent_csrf",
    class: "without effect",
    because: "one cookie (names.login_csrf) binds the whole flow",
    meaning: "The name of the cookie that bound a consent to its browser.",
  },
  "serve.cookies.names.device_csrf": {
    kind: cookieName,
    default: "ory_hydra_device_csrf",
    class: "without effect",
    because: "one cookie (names.login_csrf) binds the whole flow",
    meaning: "The name of the cookie that bound a device verification to its browser.",
  },
  "serve.cookies.names.session": {
    kind: cookieName,
    default: "ory_hydra_session",
    meaning: "The name of the cookie of a signed-in browser.",
  },
  "serve.cookies.paths.session": {
    kind: cookiePath,
    default: "/",
    meaning: "Path of the cookie of a signed-in browser.",
  },
});
