import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { inSpan, inTraceOf, traceHeaders } from "../../../src/adapters/telemetry/span.ts";
import { startTelemetry } from "../../../src/adapters/telemetry/start.ts";
import { tracesUrl } from "../../../src/adapters/telemetry/tracing.ts";
import { load } from "../../support/settings.ts";

const parent = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

/** A collector that keeps what it is sent. */
async function collector() {
  const received: Array<{ url: string | undefined; authorization: string | undefined; body: string }> = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      received.push({ url: request.url, authorization: request.headers.authorization, body });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { received, port: typeof address === "object" && address !== null ? address.port : 0 };
}

describe("traces", () => {
  it("without tracing.provider no span is kept and no header sent", async () => {
    const telemetry = await startTelemetry(load({}).config, "1.2.3", { sink: { write: () => {} } });
    onTestFinished(() => telemetry.close());
    expect(await inSpan("request", "GET /", async () => traceHeaders())).toEqual({});
  });

  it("with otel they go to the collector, continue the caller's trace and stand in the log", async () => {
    const { received, port } = await collector();
    const texts: string[] = [];
    const flags = {
      "tracing.provider": "otel",
      "tracing.providers.otlp.server_url": `127.0.0.1:${port}`,
      "tracing.providers.otlp.insecure": true,
      "tracing.providers.otlp.authorization_header": "Bearer x",
    };
    const telemetry = await startTelemetry(load({ flags }).config, "1.2.3", {
      sink: { write: (line) => void texts.push(line) },
    });
    const headers = await inTraceOf({ ...parent, baggage: "a=b" }, () =>
      inSpan("request", "GET /", async () => {
        telemetry.log.write("info", "inside");
        return traceHeaders();
      }),
    );
    await telemetry.close();
    const [, traceId, spanId] = headers.traceparent?.split("-") ?? [];
    expect(traceId).toBe(parent.traceparent.split("-")[1]);
    expect(spanId).not.toBe(parent.traceparent.split("-")[2]);
    // What strangers pack into their baggage goes no further.
    expect(headers).not.toHaveProperty("baggage");
    expect(JSON.parse(texts[0] ?? "{}").otel).toEqual({ trace_id: traceId, span_id: spanId });
    expect(received[0]).toMatchObject({ url: "/v1/traces", authorization: "Bearer x" });
    expect(received[0]?.body).toContain("GET /");
  });
});

it.each([
  ["collector:4318", false, "https://collector:4318/v1/traces"],
  ["collector:4318", true, "http://collector:4318/v1/traces"],
  ["http://collector:4318/", false, "http://collector:4318/v1/traces"],
  ["https://collector/otlp/traces", false, "https://collector/otlp/traces"],
])("the collector %s (insecure: %s) takes traces at %s", (place, insecure, url) => {
  expect(tracesUrl(place, insecure)).toBe(url);
});
