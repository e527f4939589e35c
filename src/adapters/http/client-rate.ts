/** How often clients may ask: by client and address, so that nobody can use up another's share, and by address (D48). */
import type { Config } from "../../config/settings.ts";
import { refuse } from "../../protocol/errors.ts";
import { addressBlock, clientAddress } from "./client-address.ts";
import { limit } from "./limits.ts";
import type { HttpRequest } from "./message.ts";

export type RateConfig = Pick<
  Config,
  "oauth2.rate_limit.address" | "oauth2.rate_limit.client" | "serve.public.trusted_proxies"
>;

/** Refuses who asks too often, before anything is looked up. */
export type ClientRate = (request: HttpRequest, clientId: string | undefined) => void;

/** Of one endpoint. `elapsed`: milliseconds of a clock that only goes forward. */
export function clientRate(config: RateConfig, elapsed: () => number): ClientRate {
  const perAddress = config["oauth2.rate_limit.address"];
  const perClient = config["oauth2.rate_limit.client"];
  if (perAddress === 0 && perClient === 0) return () => {};
  const addressOf = clientAddress(config["serve.public.trusted_proxies"]);
  const waitOfAddress = limit({ perMinute: perAddress, elapsed });
  const waitOfClient = limit({ perMinute: perClient, elapsed });
  return (request, clientId = "") => {
    const address = addressBlock(addressOf(request));
    const seconds = waitOfAddress(address) || waitOfClient(`${address} ${clientId}`);
    if (seconds > 0) {
      refuse("too_many_requests", "Too many requests came from this address or client. Please try again later.", {
        retryAfterSeconds: seconds,
      });
    }
  };
}
