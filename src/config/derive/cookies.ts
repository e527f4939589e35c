/** Cookies: their names in dev mode, and whether SameSite and Secure go together. */
import type { Judgement } from "../judgement.ts";
import type { Config, Settings } from "../settings.ts";

type CookieKey = `serve.cookies.${"same_site_mode" | "secure" | "names.login_csrf" | "names.session"}`;

export function deriveCookies(parsed: Settings, issuer: string, judgement: Judgement): Pick<Config, CookieKey> {
  const channel = {
    https: issuer.toLowerCase().startsWith("https:"),
    secure: !parsed.dev || parsed["serve.cookies.secure"],
  };
  const suffix = parsed.dev ? "_dev" : "";
  return {
    "serve.cookies.secure": channel.secure,
    "serve.cookies.same_site_mode": sameSite(parsed, channel, judgement),
    // As Hydra: cookies of a development server never meet those of the real one.
    "serve.cookies.names.login_csrf": parsed["serve.cookies.names.login_csrf"] + suffix,
    "serve.cookies.names.session": parsed["serve.cookies.names.session"] + suffix,
  };
}

interface Channel {
  readonly https: boolean;
  readonly secure: boolean;
}

/** Browsers drop a cookie that is SameSite=None and not Secure. */
function sameSite(parsed: Settings, { https, secure }: Channel, judgement: Judgement): "Strict" | "Lax" | "None" {
  const key = "serve.cookies.same_site_mode";
  if (parsed[key] !== "None" || (https && secure)) return parsed[key];
  if (judgement.origins.has(key)) {
    if (https) judgement.refuse(key, "None needs serve.cookies.secure");
    else judgement.warn(`${key} None becomes Lax, because the issuer is not https`);
  }
  return "Lax";
}
