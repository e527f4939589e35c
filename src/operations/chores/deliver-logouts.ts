/** One step of telling clients of sessions that have ended, out of the outbox (OIDC Back-Channel Logout §2.5). */
import type { Ports } from "../../ports/ports.ts";
import { isToldBy, retrySeconds } from "../../protocol/end-session.ts";
import { after } from "../../protocol/lifespan.ts";
import type { LogoutDelivery } from "../../protocol/logout.ts";
import { sendLogoutToken } from "../logout/notify-clients.ts";

/** As many at once as may wait for clients that do not answer. */
const batch = 20;
/** Longer than any request to a client takes: when it is over, whoever had taken the delivery up is gone. */
const leaseSeconds = 60;

/** Answers whether there may be more to do at once. */
export async function deliverLogouts(now: Date, ports: Ports): Promise<boolean> {
  const claim = { until: after(now, leaseSeconds), limit: batch, now };
  const deliveries = await ports.store.deliveries.claim(claim);
  await Promise.all(deliveries.map((delivery) => deliver(delivery, now, ports)));
  return deliveries.length === batch;
}

async function deliver(delivery: LogoutDelivery, now: Date, ports: Ports): Promise<void> {
  const { deliveries } = ports.store;
  const { clientId, sessionId, attempts } = delivery;
  const { outcome, reason } = await attempt(delivery, now, ports);
  if (outcome === "gone") return deliveries.settle(delivery);
  if (outcome === "told") {
    await deliveries.settle(delivery);
    return ports.events.emit({ type: "logout_delivered", clientId, sessionId, attempts });
  }
  const next = after(now, retrySeconds(attempts));
  const isLast = outcome === "refused" || next >= delivery.expiresAt;
  ports.events.emit({ type: "logout_undelivered", clientId, sessionId, attempts, reason, isLast });
  return isLast ? deliveries.settle(delivery) : deliveries.postpone(delivery, next);
}

interface Attempt {
  readonly outcome: "gone" | "told" | "refused" | "failed";
  readonly reason: string;
}

async function attempt(delivery: LogoutDelivery, now: Date, ports: Ports): Promise<Attempt> {
  try {
    const status = await sendLogoutToken(delivery, now, ports);
    return status === null
      ? { outcome: "gone", reason: "" }
      : { outcome: isToldBy(status), reason: `the client answered ${status}` };
  } catch (error) {
    return { outcome: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}
