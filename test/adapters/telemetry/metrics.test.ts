import { describe, expect, it } from "vitest";
import { startMetrics } from "../../../src/adapters/telemetry/metrics.ts";
import { inSpan, observeBorders } from "../../../src/adapters/telemetry/span.ts";
import type { Event } from "../../../src/ports/events.ts";

const request = {
  method: "POST",
  endpoint: "/oauth2/token",
  status: 200,
  seconds: 0.003,
  requestBytes: 100,
  responseBytes: 300,
};

/** Sample lines of a metric, without the labels that all have. */
async function samples(metrics: ReturnType<typeof startMetrics>, name: string): Promise<string[]> {
  const text = await metrics.text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length).replace(/,?app="tessera",version="1\.2\.3",?/, ""));
}

describe("requests", () => {
  it("are counted under Hydra's names", async () => {
    const metrics = startMetrics("1.2.3");
    metrics.observeRequest(request);
    metrics.observeRequest({ ...request, status: 401 });
    expect(await samples(metrics, "http_requests_total")).toEqual([
      '{code="200",method="POST",endpoint="/oauth2/token"} 1',
      '{code="401",method="POST",endpoint="/oauth2/token"} 1',
    ]);
    expect(await samples(metrics, "http_requests_statuses_total")).toEqual([
      '{method="POST",status_bucket="2xx"} 1',
      '{method="POST",status_bucket="4xx"} 1',
    ]);
    for (const name of ["http_requests_duration_seconds", "http_requests_size_bytes", "http_response_size_bytes"]) {
      expect(await samples(metrics, `${name}_count`), name).toHaveLength(2);
    }
    expect(await samples(metrics, "http_response_time_seconds_count")).toEqual(['{endpoint="/oauth2/token"} 2']);
  });

  it("CWE-400: what a caller makes up is no label", async () => {
    const metrics = startMetrics("1.2.3");
    metrics.observeRequest({ ...request, method: "BREW", endpoint: "", status: 404 });
    expect(await samples(metrics, "http_requests_total")).toEqual(['{code="404",method="other",endpoint="unknown"} 1']);
  });

  it("the page has the process's own metrics and says what it is", async () => {
    const metrics = startMetrics("1.2.3");
    expect(await metrics.text()).toContain("process_cpu_seconds_total");
    expect(metrics.contentType).toMatch(/^text\/plain; version=/);
  });
});

describe("borders", () => {
  it("a span adds its duration to its border's histogram, and says whether it went well", async () => {
    const metrics = startMetrics("1.2.3");
    observeBorders((...seen) => metrics.observeBorder(...seen));
    await inSpan("statement", "clients.find", async () => "found");
    await expect(inSpan("outbound", "jwks", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect(await samples(metrics, "tessera_statement_duration_seconds_count")).toEqual([
      '{name="clients.find",ok="true"} 1',
    ]);
    expect(await samples(metrics, "tessera_outbound_duration_seconds_count")).toEqual(['{name="jwks",ok="false"} 1']);
  });

  it("CWE-400: after a thousand names all others are one", async () => {
    const metrics = startMetrics("1.2.3");
    for (let count = 0; count < 1005; count += 1) metrics.observeBorder("rpc", `method ${count}`, true, 0.001);
    const counts = await samples(metrics, "tessera_rpc_duration_seconds_count");
    expect(counts).toHaveLength(1001);
    expect(counts.at(-1)).toBe('{name="other",ok="true"} 5');
  });
});

describe("events", () => {
  const issued: Event = {
    type: "token_issued",
    clientId: "a",
    grantType: "authorization_code",
    format: "jwt",
    authorizationId: null,
    refreshToken: true,
    idToken: false,
  };

  it("tokens are counted by kind, grant and format", async () => {
    const metrics = startMetrics("1.2.3");
    metrics.countEvent(issued);
    metrics.countEvent({ ...issued, grantType: "made up", format: "opaque", refreshToken: false, idToken: true });
    expect(await samples(metrics, "tessera_tokens_issued_total")).toEqual([
      '{token="access",grant="authorization_code",format="jwt"} 1',
      '{token="refresh",grant="authorization_code",format="opaque"} 1',
      '{token="access",grant="other",format="opaque"} 1',
      '{token="id",grant="other",format="jwt"} 1',
    ]);
  });

  it("steps of a flow are counted by outcome", async () => {
    const metrics = startMetrics("1.2.3");
    metrics.countEvent({ type: "login_accepted", clientId: "a", flowId: "f" });
    metrics.countEvent({ type: "consent_rejected", clientId: "a", flowId: "f", subject: "alice" });
    metrics.countEvent({ type: "authorization_refused", clientId: "a", error: "login_required" });
    expect(await samples(metrics, "tessera_flow_steps_total")).toEqual([
      '{step="login",outcome="accepted"} 1',
      '{step="consent",outcome="rejected"} 1',
      '{step="authorization",outcome="refused"} 1',
    ]);
    expect(await samples(metrics, "tessera_authorizations_refused_total")).toEqual(['{error="login_required"} 1']);
  });

  it("CWE-400: words that applications make up for their refusals end in one label", async () => {
    const metrics = startMetrics("1.2.3");
    for (let count = 0; count < 150; count += 1) {
      metrics.countEvent({ type: "authorization_refused", clientId: "a", error: `word ${count}` });
    }
    expect(await samples(metrics, "tessera_authorizations_refused_total")).toHaveLength(101);
  });

  it("no label names a client or a person", async () => {
    const metrics = startMetrics("1.2.3");
    metrics.countEvent({ type: "session_started", sessionId: "tiger", subject: "tiger" });
    metrics.countEvent({ type: "client_created", clientId: "tiger" });
    expect(await samples(metrics, "tessera_events_total")).toEqual([
      '{type="session_started"} 1',
      '{type="client_created"} 1',
    ]);
    expect(await metrics.text()).not.toContain("tiger");
  });
});
