/** The Events port: what happened becomes a line of the audit log and a count. */
import type { Event, Events } from "../../ports/events.ts";
import type { Level, Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

/** Events that come with every request of a busy server: counted, and logged only for whoever debugs. */
const traffic: ReadonlySet<Event["type"]> = new Set([
  "token_issued",
  "token_introspected",
  "authorization_requested",
  "device_authorization_requested",
  "expired_removed",
]);

/** RFC 8628 §3.5: what a device hears each time it asks in vain is traffic too. */
const waiting: ReadonlySet<string> = new Set(["authorization_pending", "slow_down"]);

/** Events that somebody should look at. */
const warnings: ReadonlySet<Event["type"]> = new Set([
  "code_replayed",
  "device_code_replayed",
  "refresh_token_replayed",
  "client_authentication_failed",
  "admin_call_refused",
  "logout_undelivered",
  "identity_provider_session_kept",
]);

export function auditEvents(log: Logger, metrics: Pick<Metrics, "countEvent">): Events {
  return {
    emit(event) {
      metrics.countEvent(event);
      const level = levelOf(event);
      if (!log.isLogged(level)) return;
      const { type, ...facts } = event;
      log.write(level, type, { audience: "audit", event: type, ...snakeCase(facts) });
    },
  };
}

function levelOf(event: Event): Level {
  if (traffic.has(event.type)) return "debug";
  if (event.type === "token_refused" && waiting.has(event.error)) return "debug";
  return warnings.has(event.type) ? "warn" : "info";
}

/** The log's names are wire names. */
function snakeCase(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
