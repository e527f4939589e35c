/** How long things live. */
import { lifetime, lifetimeOrForever, lifetimeOrNone } from "./kinds.ts";
import { rows } from "./setting.ts";

const hour = 3600;
const day = 24 * hour;

export const ttl = rows({
  "ttl.login_consent_request": {
    kind: lifetime,
    default: 30 * 60,
    unit: "seconds",
    meaning: "A browser's way from the authorization request to its answer.",
  },
  "ttl.authentication_session": {
    kind: lifetime,
    default: 30 * day,
    unit: "seconds",
    meaning: "A remembered login, at most 180 days.",
  },
  "ttl.access_token": { kind: lifetime, default: hour, unit: "seconds", meaning: "An access token." },
  "ttl.refresh_token": {
    kind: lifetimeOrForever,
    default: 30 * day,
    unit: "seconds",
    meaning: "A refresh token from its last use; -1: no end but the absolute one.",
  },
  "ttl.refresh_token_absolute": {
    kind: lifetimeOrNone,
    default: 365 * day,
    unit: "seconds",
    meaning: "All refresh tokens of one consent, however often used; 0: no end.",
  },
  "ttl.id_token": { kind: lifetime, default: hour, unit: "seconds", meaning: "An ID token." },
  "ttl.auth_code": { kind: lifetime, default: 60, unit: "seconds", meaning: "An authorization code." },
  "ttl.device_user_code": {
    kind: lifetime,
    default: 600,
    unit: "seconds",
    meaning: "A device code and its user code.",
  },
});
