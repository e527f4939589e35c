/** Fills the settings that rest on others, and judges those that must fit together. */
import { join } from "node:path";
import { isLoopback } from "../protocol/loopback.ts";
import { deriveAdminAuth } from "./derive/admin-auth.ts";
import { deriveCookies } from "./derive/cookies.ts";
import { deriveSecrets } from "./derive/secrets.ts";
import { deriveTls } from "./derive/tls.ts";
import { deriveUrls } from "./derive/urls.ts";
import type { Judgement } from "./judgement.ts";
import { type Config, type Settings, settings } from "./settings.ts";

const day = 24 * 3600;

export function derive(parsed: Settings, judgement: Judgement, devSecret: ((folder: string) => string) | null): Config {
  warnOfEffectless(judgement);
  const tls = deriveTls(parsed, judgement);
  const urls = deriveUrls({ ...parsed, ...tls }, judgement);
  const config: Config = {
    ...parsed,
    ...tls,
    ...urls,
    "serve.admin.auth.required": deriveAdminAuth({ ...parsed, ...tls }, judgement),
    ...deriveSecrets(parsed, judgement, devSecret),
    ...deriveCookies(parsed, urls["urls.self.issuer"], judgement),
    dsn: dsnOf(parsed),
    "serve.admin.docs.enabled": parsed["serve.admin.docs.enabled"] ?? parsed.dev,
    "ttl.authentication_session": cappedSession(parsed["ttl.authentication_session"], judgement),
  };
  judgeRefreshGrace(config, judgement);
  judgeKeyRotation(config, judgement);
  judgePorts(config, judgement);
  judgeSubjects(config, judgement);
  const provider = config["tracing.provider"];
  if (provider !== null && provider !== "otel") {
    judgement.warn(`tracing.provider ${provider} is not spoken, so nothing is traced: use otel (OTLP over HTTP)`);
  }
  if (!config["clients.http.disallow_private_ip_ranges"]) {
    judgement.warn("clients.http.disallow_private_ip_ranges is off: clients may point this server at private networks");
  }
  const admin = config["serve.admin.host"];
  // D23: nobody is asked for a key there.
  if (!config["serve.admin.auth.required"] && !admin.startsWith("unix:") && !isLoopback(admin)) {
    judgement.warn(`serve.admin.host is ${admin || "every interface"}: whoever reaches that port may do everything`);
  }
  return config;
}

/** The embedded database is the default: nothing to install. */
export function dsnOf(parsed: Settings): string {
  return parsed.dsn ?? `sqlite://${join(parsed["data.folder"], "tessera.db")}`;
}

/** D29: one warning for each setting that was written in vain. */
function warnOfEffectless(judgement: Judgement): void {
  for (const [key, source] of judgement.origins) {
    const setting = settings[key];
    if (setting.class === "without effect") judgement.warn(`${key} has no effect: ${setting.because} (${source})`);
  }
}

function cappedSession(seconds: number, judgement: Judgement): number {
  if (seconds <= 180 * day) return seconds;
  judgement.warn("ttl.authentication_session is lowered to 180 days (4320h)");
  return 180 * day;
}

function judgeRefreshGrace(config: Config, judgement: Judgement): void {
  const key = "oauth2.grant.refresh_token.rotation_grace_period";
  const counted = config["oauth2.grant.refresh_token.rotation_grace_reuse_count"] > 0;
  if (config[key] <= (counted ? 180 * day : 300)) return;
  judgement.refuse(key, `expected at most ${counted ? "4320h" : "5m (4320h with rotation_grace_reuse_count)"}`);
}

function judgeKeyRotation(config: Config, judgement: Judgement): void {
  const [key, before] = ["keys.rotation.interval", "keys.rotation.publish_before"] as const;
  if (config[key] === 0 || config[key] > config[before]) return;
  judgement.refuse(key, `expected more than ${before} (${config[before]}s), or 0 for keys that change by hand`);
}

function judgePorts(config: Config, judgement: Judgement): void {
  const port = config["serve.admin.port"];
  const onSockets = config["serve.public.host"].startsWith("unix:") || config["serve.admin.host"].startsWith("unix:");
  if (port === 0 || port !== config["serve.public.port"] || onSockets) return;
  judgement.refuse("serve.admin.port", "expected another port than serve.public.port");
}

function judgeSubjects(config: Config, judgement: Judgement): void {
  if (!config["oidc.subject_identifiers.supported_types"].includes("pairwise")) return;
  if (config["oidc.subject_identifiers.pairwise.salt"] === null) {
    judgement.refuse("oidc.subject_identifiers.pairwise.salt", "required when supported_types has pairwise");
  }
}
