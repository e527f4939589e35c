/** Counts what happened: tokens by grant and format, steps of the browser's way, refusals, replays. */
import { Counter, type Registry } from "prom-client";
import type { Event } from "../../ports/events.ts";
import { grantTypes } from "../../protocol/names.ts";
import { boundedLabel } from "./bounded-label.ts";

const knownGrants = new Set<string>(grantTypes);

/** What a caller invents is no label. */
const grantLabel = (grant: string | null) => (grant !== null && knownGrants.has(grant) ? grant : "other");

export function eventMetrics(registry: Registry): (event: Event) => void {
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const all = counter("tessera_events_total", "Everything that happened, by type.", ["type"]);
  const issued = counter("tessera_tokens_issued_total", "Tokens that were issued.", ["token", "grant", "format"]);
  const refused = counter("tessera_tokens_refused_total", "Token requests that were refused.", ["grant", "error"]);
  const steps = counter("tessera_flow_steps_total", "Steps of browsers' authorizations.", ["step", "outcome"]);
  const refusals = counter("tessera_authorizations_refused_total", "Refused authorizations, by error.", ["error"]);
  const introspected = counter("tessera_tokens_introspected_total", "Tokens that were introspected.", ["active"]);
  const removed = counter("tessera_expired_removed_total", "Expired rows that were removed.", ["kind"]);
  // Login and consent applications may refuse with words of their own.
  const errorLabel = boundedLabel(100);

  return (event) => {
    all.inc({ type: event.type });
    switch (event.type) {
      case "token_issued": {
        const grant = grantLabel(event.grantType);
        if (event.format !== null) issued.inc({ token: "access", grant, format: event.format });
        if (event.refreshToken) issued.inc({ token: "refresh", grant, format: "opaque" });
        if (event.idToken) issued.inc({ token: "id", grant, format: "jwt" });
        break;
      }
      case "token_refused":
        refused.inc({ grant: grantLabel(event.grantType), error: errorLabel(event.error) });
        break;
      case "expired_removed":
        removed.inc({ kind: event.kind }, event.rows);
        break;
      case "token_introspected":
        introspected.inc({ active: String(event.active) });
        break;
      case "authorization_refused":
        refusals.inc({ error: errorLabel(event.error) });
        steps.inc({ step: "authorization", outcome: "refused" });
        break;
      case "authorization_requested":
      case "authorization_granted":
      case "login_accepted":
      case "login_rejected":
      case "consent_accepted":
      case "consent_rejected": {
        const [step = "", outcome = ""] = event.type.split("_");
        steps.inc({ step, outcome });
        break;
      }
      default:
    }
  };
}
