/** Where a device's user goes, as others are told. */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";

/** The URL that the user has opened; a code that stood in it is hidden, because who knows it can use it. */
export function verificationUrl(prefilled: boolean, config: Config): string {
  const base = below(config["urls.self.public"], paths.deviceVerification);
  return prefilled ? `${base}?user_code=****` : base;
}

/** Where a browser goes on whose user has entered a code. */
export function verifierUrl(challengeId: string, clientId: string | null, { config, secrets }: Ports): string {
  const verifier = ["device_verifier", secrets.handle(challengeId, "device_verifier")] as const;
  const named = clientId === null ? [verifier] : [verifier, ["client_id", clientId] as const];
  return withQuery(verificationUrl(false, config), named);
}
