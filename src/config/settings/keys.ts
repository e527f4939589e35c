/** Secrets, signing algorithms, and the hardware module that Hydra can use and this server cannot. */

import { rotatedLeadSeconds } from "../../protocol/key-life.ts";
import { duration, flag, integer, lifetimeOrNone, listOf, longText, oneOf, text } from "./kinds.ts";
import { rows } from "./setting.ts";

const noHardware = "keys in hardware modules are not supported";
const algorithm = oneOf("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

export const keys = rows({
  "secrets.system": {
    kind: listOf(longText(16)),
    default: null,
    secret: true,
    meaning: "What protects everything kept or handed out; the first entry makes, all entries open. Required.",
  },
  "secrets.cookie": {
    kind: listOf(longText(16)),
    default: null,
    secret: true,
    class: "without effect",
    because: "cookies carry random secrets and need no key of their own",
    meaning: "What protects cookies; unset: secrets.system.",
  },
  "secrets.pagination": {
    kind: listOf(longText(16)),
    default: null,
    secret: true,
    meaning: "What protects page tokens; unset: secrets.system.",
  },
  "keys.id_token_signing_algorithm": {
    kind: algorithm,
    default: "RS256",
    meaning: "Algorithm of the first key made for ID tokens; OpenID Connect asks RS256 of every provider.",
  },
  "keys.access_token_signing_algorithm": {
    kind: algorithm,
    default: "ES256",
    meaning: "Algorithm of the first key made for JWT access tokens; RS256 costs ten times as much to sign.",
  },
  "keys.rotation.interval": {
    kind: lifetimeOrNone,
    default: 0,
    unit: "seconds",
    meaning: "How long a signing key signs before the next one takes its place by itself; 0: keys change by hand only.",
  },
  "keys.rotation.publish_before": {
    kind: duration(rotatedLeadSeconds, "596523h", 2_147_483_647),
    default: 3600,
    unit: "seconds",
    meaning: "How long the next signing key is published before it signs.",
  },
  "keys.export_private": {
    kind: flag,
    default: false,
    meaning: "Whether the admin API hands out the private halves of the keys that sign tokens, as Hydra does.",
  },
  "hsm.enabled": {
    kind: flag,
    default: false,
    class: "refused",
    because: noHardware,
    meaning: "Whether keys live in a hardware module.",
  },
  "hsm.library": { kind: text, default: null, class: "without effect", because: noHardware, meaning: "Its library." },
  "hsm.pin": {
    kind: text,
    default: null,
    secret: true,
    class: "without effect",
    because: noHardware,
    meaning: "Its PIN.",
  },
  "hsm.slot": {
    kind: integer(0),
    default: null,
    class: "without effect",
    because: noHardware,
    meaning: "Its slot.",
  },
  "hsm.token_label": {
    kind: text,
    default: null,
    class: "without effect",
    because: noHardware,
    meaning: "Its token's label.",
  },
  "hsm.key_set_prefix": {
    kind: text,
    default: "",
    class: "without effect",
    because: noHardware,
    meaning: "What stands before the labels of key sets.",
  },
});
