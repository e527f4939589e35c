/** In development mode the reference pages sign users in, as long as no login application is named. */
import { randomBytes } from "node:crypto";
import { processEnvironment } from "../config/load.ts";
import type { Config } from "../config/settings.ts";
import type { ReferencePages } from "../ui/app.ts";

export interface DevPages {
  /** The settings with the pages' URLs. */
  readonly config: Config;
  close(): Promise<void>;
}

/** Undefined when the operator has named pages, or this is no development. */
export async function mountDevPages(config: Config): Promise<DevPages | undefined> {
  if (!config.dev || config["urls.login"] !== null || config["urls.consent"] !== null) return undefined;
  const adminUrl = config["urls.self.admin"];
  // Loaded here, because a server in production never needs them.
  const { mountReferencePages } = await import("../ui/app.ts");
  const { demoUser } = await import("../ui/users.ts");
  const pages = await mountReferencePages({
    adminUrl,
    apiKey: processEnvironment.TESSERA_API_KEY,
    host: "127.0.0.1",
    port: 0,
    users: [demoUser],
    random: randomBytes,
    report: (error) => process.stderr.write(`reference pages: ${String(error)}\n`),
  });
  process.stderr.write(
    `No urls.login is set: the reference pages sign in ${demoUser.email} with the password ${demoUser.password}, at ${pages.loginUrl}\n`,
  );
  return { config: Object.freeze({ ...config, ...urlsOf(pages, config) }), close: () => pages.close() };
}

function urlsOf(pages: ReferencePages, config: Config) {
  return {
    "urls.login": pages.loginUrl,
    "urls.consent": pages.consentUrl,
    "urls.device.verification": config["urls.device.verification"] ?? pages.deviceUrl,
    "urls.device.success": config["urls.device.success"] ?? pages.deviceDoneUrl,
    "urls.logout": config["urls.logout"] ?? pages.logoutUrl,
    "urls.post_logout_redirect": config["urls.post_logout_redirect"] ?? pages.signedOutUrl,
  };
}
