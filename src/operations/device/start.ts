/** A device asks for its codes: `POST /oauth2/device/auth` (RFC 8628 §3.1, §3.2). */
import type { Config } from "../../config/settings.ts";
import type { Ports } from "../../ports/ports.ts";
import { opaqueToken } from "../../protocol/access-token.ts";
import { readAudience } from "../../protocol/audience.ts";
import type { Credentials } from "../../protocol/credentials.ts";
import {
  type DeviceCode,
  requireDeviceAllowed,
  shownUserCode,
  type UserCodeStyle,
  userCodeStyle,
} from "../../protocol/device-code.ts";
import { digest } from "../../protocol/digest.ts";
import { below, paths } from "../../protocol/endpoints.ts";
import { refuse } from "../../protocol/errors.ts";
import { after } from "../../protocol/lifespan.ts";
import type { Parameters } from "../../protocol/parameters.ts";
import { readChallenge } from "../../protocol/pkce.ts";
import { withQuery } from "../../protocol/redirect-uri.ts";
import { parseScope } from "../../protocol/scope.ts";
import { withClient } from "../clients/authenticate.ts";

export interface DeviceRequest {
  readonly form: Parameters;
  readonly credentials: Credentials;
  readonly now: Date;
}

/** RFC 8628 §3.2, without its wire names. */
export interface DeviceAnswer {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly interval: number;
}

/** User codes are short: two devices may draw the same one. */
const draws = 5;

export async function startDevice({ form, credentials, now }: DeviceRequest, ports: Ports): Promise<DeviceAnswer> {
  const { config, random, events } = ports;
  return withClient({ endpoint: "deviceAuthorization", credentials, now }, ports, async (client) => {
    const asked = {
      scope: parseScope(form.get("scope")),
      audience: readAudience(form),
      // RFC 8628 says nothing of PKCE; whoever sends a challenge is held to it.
      codeChallenge: readChallenge(form.get("code_challenge"), form.get("code_challenge_method")),
    };
    requireDeviceAllowed(client, asked, config["strategies.scope"]);
    const deviceCode = opaqueToken(config["oauth2.token_prefix"], "dc", random.text(32));
    const expiresAt = after(now, config["ttl.device_user_code"]);
    const code = { ...asked, digest: digest(deviceCode), clientId: client.id, requestedAt: now, expiresAt };
    const userCode = await keep(code, client.revision, ports);
    if (userCode === "stale") return "stale";
    events.emit({ type: "device_authorization_requested", clientId: client.id });
    return toAnswer(deviceCode, shownUserCode(userCode.text, styleOf(config)), config);
  });
}

/** Draws a user code that no other device has, and stores both codes. */
async function keep(
  code: DeviceCode,
  revision: number,
  { config, random, secrets, store }: Ports,
): Promise<{ readonly text: string } | "stale"> {
  const { alphabet, length } = styleOf(config);
  for (let draw = 0; draw < draws; draw += 1) {
    const text = random.word(alphabet, length);
    const [userCodeDigest] = secrets.userCodeDigests(text);
    const outcome = await store.deviceCodes.create({ ...code, userCodeDigest }, revision);
    if (outcome === "stale") return "stale";
    if (outcome === "done") return { text };
  }
  return refuse("temporarily_unavailable", "Too many devices wait for their users. Please try again.", {
    retryAfterSeconds: 5,
  });
}

function toAnswer(deviceCode: string, userCode: string, config: Config): DeviceAnswer {
  const verificationUri = below(config["urls.self.public"], paths.deviceVerification);
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: withQuery(verificationUri, [["user_code", userCode]]),
    expiresIn: Math.floor(config["ttl.device_user_code"]),
    interval: Math.ceil(config["oauth2.device_authorization.token_polling_interval"]),
  };
}

export function styleOf(config: Config): UserCodeStyle {
  return userCodeStyle({
    preset: config["oauth2.device_authorization.user_code.entropy_preset"],
    length: config["oauth2.device_authorization.user_code.length"],
    characters: config["oauth2.device_authorization.user_code.character_set"],
  });
}
