import type { LogoutDelivery } from "../../protocol/logout.ts";

export interface Claim {
  /** Who takes deliveries up keeps them to itself so long. */
  readonly until: Date;
  readonly limit: number;
  readonly now: Date;
}

/** Clients that are still to be told of a session's end; the session's end writes them. */
export interface DeliveryStore {
  /** Takes up what is due: of any number that claim at once, each delivery goes to one. */
  claim(claim: Claim): Promise<LogoutDelivery[]>;
  /** It was delivered, or is given up. */
  settle(delivery: LogoutDelivery): Promise<void>;
  /** Puts off this delivery, and with it what is due for the same client, which does not answer. */
  postpone(delivery: LogoutDelivery, until: Date): Promise<void>;
}
