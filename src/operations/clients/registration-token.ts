/** The token that opens a client's own registration (RFC 7592 §2, §5): random, kept by digest, good until it is replaced. */
import type { Ports } from "../../ports/ports.ts";
import { opaqueToken } from "../../protocol/access-token.ts";
import { digest } from "../../protocol/digest.ts";
import { registrationUrl } from "../../protocol/endpoints.ts";

export interface Registration {
  /** In clear, this once. */
  readonly token: string;
  /** Where it opens something. */
  readonly url: string;
}

export interface NewRegistration extends Registration {
  readonly digest: string;
}

export function newRegistration(clientId: string, { config, random }: Ports): NewRegistration {
  // Hydra's looks like an access token; of its own kind, it is taken for no other and by nobody else.
  const token = opaqueToken(config["oauth2.token_prefix"], "rg", random.text(32));
  return { token, url: registrationUrl(config["urls.self.public"], clientId), digest: digest(token) };
}
