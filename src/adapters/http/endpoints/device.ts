/** `POST /oauth2/device/auth` (RFC 8628 §3.1, §3.2). */
import type { DeviceAnswer } from "../../../operations/device/start.ts";
import type { ClientRate } from "../client-rate.ts";
import { type ClientRequest, readClientRequest } from "../form.ts";
import type { Endpoint } from "../message.ts";
import { oauthReply } from "../reply.ts";

export interface DeviceOperations {
  readonly startDevice: (request: ClientRequest) => Promise<DeviceAnswer>;
}

export function deviceAuthorizationEndpoint({ startDevice }: DeviceOperations, rate: ClientRate = () => {}): Endpoint {
  return async (request) => {
    const asked = readClientRequest(request);
    rate(request, asked.credentials.clientId);
    const answer = await startDevice(asked);
    return oauthReply(200, {
      device_code: answer.deviceCode,
      user_code: answer.userCode,
      verification_uri: answer.verificationUri,
      verification_uri_complete: answer.verificationUriComplete,
      expires_in: answer.expiresIn,
      interval: answer.interval,
    });
  };
}
