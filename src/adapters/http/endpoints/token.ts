/** `POST /oauth2/token` (RFC 6749 §3.2). */
import type { TokenAnswer } from "../../../operations/tokens/issue.ts";
import type { ClientRate } from "../client-rate.ts";
import { type ClientRequest, readClientRequest } from "../form.ts";
import type { Endpoint } from "../message.ts";
import { oauthReply } from "../reply.ts";

export interface TokenOperations {
  readonly exchange: (request: ClientRequest) => Promise<TokenAnswer>;
}

export function tokenEndpoint({ exchange }: TokenOperations, rate: ClientRate = () => {}): Endpoint {
  return async (request) => {
    const asked = readClientRequest(request);
    rate(request, asked.credentials.clientId);
    const answer = await exchange(asked);
    return oauthReply(200, {
      access_token: answer.accessToken,
      expires_in: answer.expiresIn,
      id_token: answer.idToken ?? undefined,
      refresh_token: answer.refreshToken ?? undefined,
      scope: answer.scope,
      // In lower case as Hydra writes it; RFC 6749 §5.1 compares it without regard to case.
      token_type: "bearer",
    });
  };
}
