/** Every setting once, area by area; the `Config` type, the JSON Schema and the reference come from these rows. */
import { cookies } from "./settings/cookies.ts";
import { events } from "./settings/events.ts";
import { general } from "./settings/general.ts";
import { keys } from "./settings/keys.ts";
import { oauth2, strategies } from "./settings/oauth2.ts";
import { oidc } from "./settings/oidc.ts";
import { serve } from "./settings/serve.ts";
import type { Parsed, Setting } from "./settings/setting.ts";
import { inherited, telemetry } from "./settings/telemetry.ts";
import { ttl } from "./settings/ttl.ts";
import { urls, webfinger } from "./settings/urls.ts";

const rows = {
  ...general,
  ...serve,
  ...cookies,
  ...urls,
  ...strategies,
  ...ttl,
  ...oauth2,
  ...oidc,
  ...webfinger,
  ...keys,
  ...telemetry,
  ...events,
  ...inherited,
} as const;

export type SettingKey = keyof typeof rows;

export const settings: Readonly<Record<SettingKey, Setting>> = rows;

/** What files, flags and environment say, or the defaults where they say nothing. */
export type Settings = { readonly [Key in SettingKey]: Parsed<(typeof rows)[Key]> };

/** Settings whose default is made of others, so that they always have a value in the end. */
type Filled = Readonly<
  Record<"dsn" | "urls.self.issuer" | "urls.self.public" | "urls.self.admin", string> &
    Record<
      "serve.public.tls.enabled" | "serve.admin.tls.enabled" | "serve.admin.auth.required" | "serve.admin.docs.enabled",
      boolean
    > &
    Record<"secrets.system" | "secrets.cookie" | "secrets.pagination", readonly string[]>
>;

/** The frozen settings by which a server runs: durations in seconds, unset ones null. */
export type Config = Omit<Settings, keyof Filled> & Filled;
