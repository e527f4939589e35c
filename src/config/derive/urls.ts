/** Where this server is, seen from outside, and what stands below that. */
import type { Judgement } from "../judgement.ts";
import type { Config, SettingKey, Settings } from "../settings.ts";
import type { PortTls } from "./tls.ts";

type SelfKey = "urls.self.issuer" | "urls.self.public" | "urls.self.admin";
type Page = "login" | "registration" | "consent" | "logout" | "error" | "post_logout_redirect";
type PageKey = `urls.${Page | "device.verification" | "device.success"}`;

export function deriveUrls(given: Settings & PortTls, judgement: Judgement): Pick<Config, SelfKey | PageKey> {
  const issuer = given["urls.self.issuer"] ?? given["serve.public.base_url"] ?? listenerUrl(given, "serve.public");
  const publicUrl = given["urls.self.public"] ?? issuer;
  judgeSchemes(given.dev, { issuer, publicUrl }, judgement);
  const page = (key: PageKey) => belowPublic(given[key], publicUrl);
  return {
    "urls.self.issuer": issuer,
    "urls.self.public": publicUrl,
    "urls.self.admin": given["urls.self.admin"] ?? given["serve.admin.base_url"] ?? listenerUrl(given, "serve.admin"),
    "urls.login": page("urls.login"),
    "urls.registration": page("urls.registration") ?? page("urls.login"),
    "urls.consent": page("urls.consent"),
    "urls.logout": page("urls.logout"),
    "urls.error": page("urls.error"),
    "urls.post_logout_redirect": page("urls.post_logout_redirect"),
    "urls.device.verification": page("urls.device.verification"),
    "urls.device.success": page("urls.device.success"),
  };
}

/** Hydra's rule: https unless in dev mode, with a slash at the end; nobody can call an address that means "everywhere". */
function listenerUrl(given: Settings & PortTls, port: "serve.public" | "serve.admin"): string {
  const host = given[`${port}.host`];
  const named = ["", "0.0.0.0", "::", "[::]"].includes(host) || host.startsWith("unix:") ? "localhost" : host;
  const scheme = given.dev && !given[`${port}.tls.enabled`] ? "http" : "https";
  return `${scheme}://${named.includes(":") && !named.startsWith("[") ? `[${named}]` : named}:${given[`${port}.port`]}/`;
}

function judgeSchemes(
  dev: boolean,
  { issuer, publicUrl }: { readonly issuer: string; readonly publicUrl: string },
  judgement: Judgement,
): void {
  if (dev) return;
  // RFC 8414 §2, OIDC Discovery §3: the issuer is an https URL.
  if (!isHttps(issuer)) {
    const from: SettingKey = judgement.origins.has("urls.self.issuer") ? "urls.self.issuer" : "serve.public.base_url";
    judgement.refuse(from, `expected an https URL, not ${issuer} (http only with --dev)`);
  } else if (!isHttps(publicUrl)) {
    judgement.warn(`urls.self.public is not https: discovery sends clients to ${publicUrl}`);
  }
  if (!judgement.origins.has("urls.self.issuer") && !judgement.origins.has("serve.public.base_url")) {
    judgement.warn(`urls.self.issuer is not set: tokens will say ${issuer}`);
  }
}

const isHttps = (url: string) => url.slice(0, 8).toLowerCase() === "https://";

function belowPublic(page: string | null, publicUrl: string): string | null {
  if (page === null || !page.startsWith("/")) return page;
  return publicUrl.replace(/\/$/, "") + page;
}
