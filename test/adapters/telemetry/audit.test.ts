import { expect, it } from "vitest";
import { auditEvents } from "../../../src/adapters/telemetry/audit.ts";
import type { Event } from "../../../src/ports/events.ts";
import { lines } from "./lines.ts";

const issued: Event = {
  type: "token_issued",
  clientId: "a",
  grantType: "client_credentials",
  format: "opaque",
  authorizationId: null,
  refreshToken: false,
  idToken: false,
};

it("what happened is one line of the audit log, in wire names, and one count", () => {
  const counted: Event[] = [];
  const { log, parsed } = lines();
  const events = auditEvents(log, { countEvent: (event) => counted.push(event) });
  events.emit({ type: "consent_accepted", clientId: "a", flowId: "f", subject: "alice" });
  expect(parsed()).toMatchObject([
    {
      level: "info",
      audience: "audit",
      event: "consent_accepted",
      client_id: "a",
      flow_id: "f",
      subject: "alice",
      msg: "consent_accepted",
    },
  ]);
  expect(counted).toHaveLength(1);
});

it("a replay and a failed authentication are warnings", () => {
  const { log, parsed } = lines({ level: "warn" });
  const events = auditEvents(log, { countEvent: () => {} });
  events.emit({ type: "code_replayed", clientId: "a", authorizationId: "z" });
  events.emit({ type: "device_code_replayed", clientId: "a", authorizationId: "z" });
  events.emit({ type: "client_authentication_failed", clientId: null });
  events.emit({ type: "client_created", clientId: "a" });
  const told = ["code_replayed", "device_code_replayed", "client_authentication_failed"];
  expect(parsed().map((line) => line.event)).toEqual(told);
});

it("traffic is counted, and logged only for whoever debugs", () => {
  for (const [level, logged] of [
    ["info", 0],
    ["debug", 1],
  ] as const) {
    const counted: Event[] = [];
    const { log, parsed } = lines({ level });
    auditEvents(log, { countEvent: (event) => counted.push(event) }).emit(issued);
    expect([counted.length, parsed().length]).toEqual([1, logged]);
  }
});

it("RFC 8628 §3.5: a device that asks in vain fills no log, and one that is refused is told of", () => {
  const { log, parsed } = lines({ level: "info" });
  const events = auditEvents(log, { countEvent: () => {} });
  for (const error of ["authorization_pending", "slow_down", "access_denied"]) {
    events.emit({
      type: "token_refused",
      clientId: "tv",
      grantType: "urn:ietf:params:oauth:grant-type:device_code",
      error,
    });
  }
  expect(parsed()).toMatchObject([{ event: "token_refused", error: { message: "access_denied" } }]);
});
