/** Counts what happened: tokens by grant and format, steps of the browser's way, refusals, replays. */
import type { Registry } from "prom-client";
import type { Event } from "../../ports/events.ts";
import { grantTypes } from "../../protocol/names.ts";
import { boundedLabel } from "./bounded-label.ts";
import { counter } from "./series.ts";

const knownGrants = new Set<string>(grantTypes);

/** What a caller invents is no label. */
const grantLabel = (grant: string | null) => (grant !== null && knownGrants.has(grant) ? grant : "other");

export function eventMetrics(registry: Registry): (event: Event) => void {
  const count = (name: string, help: string, labels: string[]) => counter(registry, { name, help, labels });
  const all = count("tessera_events_total", "Everything that happened, by type.", ["type"]);
  const issued = count("tessera_tokens_issued_total", "Tokens that were issued.", ["token", "grant", "format"]);
  const refused = count("tessera_tokens_refused_total", "Token requests that were refused.", ["grant", "error"]);
  const steps = count("tessera_flow_steps_total", "Steps of browsers' authorizations.", ["step", "outcome"]);
  const refusals = count("tessera_authorizations_refused_total", "Refused authorizations, by error.", ["error"]);
  const introspected = count("tessera_tokens_introspected_total", "Tokens that were introspected.", ["active"]);
  const unadmitted = count("tessera_admin_calls_refused_total", "Calls of the admin port by who may not.", ["reason"]);
  const removed = count("tessera_expired_removed_total", "Expired rows that were removed.", ["kind"]);
  // Login and consent applications may refuse with words of their own.
  const errorLabel = boundedLabel(100);

  return (event) => {
    all(event.type).add(1);
    switch (event.type) {
      case "token_issued": {
        const grant = grantLabel(event.grantType);
        if (event.format !== null) issued("access", grant, event.format).add(1);
        if (event.refreshToken) issued("refresh", grant, "opaque").add(1);
        if (event.idToken) issued("id", grant, "jwt").add(1);
        break;
      }
      case "token_refused":
        refused(grantLabel(event.grantType), errorLabel(event.error)).add(1);
        break;
      case "expired_removed":
        removed(event.kind).add(event.rows);
        break;
      case "admin_call_refused":
        unadmitted(event.reason).add(1);
        break;
      case "token_introspected":
        introspected(String(event.active)).add(1);
        break;
      case "authorization_refused":
        refusals(errorLabel(event.error)).add(1);
        steps("authorization", "refused").add(1);
        break;
      case "authorization_requested":
      case "authorization_granted":
      case "login_accepted":
      case "login_rejected":
      case "consent_accepted":
      case "consent_rejected": {
        const [step = "", outcome = ""] = event.type.split("_");
        steps(step, outcome).add(1);
        break;
      }
      default:
    }
  };
}
