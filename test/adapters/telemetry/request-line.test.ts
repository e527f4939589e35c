import { expect, it } from "vitest";
import { type RequestLine, requestLines } from "../../../src/adapters/telemetry/request-line.ts";
import { lines } from "./lines.ts";

const request: RequestLine = {
  method: "GET",
  path: "/oauth2/auth",
  query: "client_id=a&login_verifier=tiger&state=tiger&scope=openid",
  status: 302,
  seconds: 0.0123456,
  responseBytes: 12,
  remoteAddress: "::1",
  requestId: "req-1",
};

const options = { interfaceName: "public", withoutHealth: false, leakQueries: false, redaction: "[gone]" } as const;

it("a request leaves one line, in Hydra's words, without its query", () => {
  const { log, parsed } = lines();
  requestLines(log, options)(request);
  expect(parsed()).toMatchObject([
    {
      msg: "completed handling request",
      http_request: {
        interface: "public",
        remote: "::1",
        method: "GET",
        path: "/oauth2/auth",
        query: "[gone]",
        request_id: "req-1",
      },
      http_response: { status: 302, size: 12, took_ms: 12.346 },
    },
  ]);
});

it("log.leak_sensitive_values shows parameters, but none that could be used again", () => {
  const { log, parsed } = lines();
  requestLines(log, { ...options, leakQueries: true })(request);
  expect(parsed()[0].http_request.query).toBe("client_id=a&login_verifier=[gone]&state=[gone]&scope=openid");
});

it("a 5xx is an error", () => {
  const { log, parsed } = lines({ level: "error" });
  for (const status of [200, 404, 500, 503]) requestLines(log, options)({ ...request, status });
  expect(parsed().map((line) => line.http_response.status)).toEqual([500, 503]);
});

it("request_log.disable_for_health leaves health and metrics out", () => {
  const { log, parsed } = lines();
  const write = requestLines(log, { ...options, withoutHealth: true });
  const paths = [
    "/health/alive",
    "/health/ready",
    "/admin/metrics/prometheus",
    "/metrics/prometheus",
    "/health/x",
    "/",
  ];
  for (const path of paths) write({ ...request, path });
  expect(parsed().map((line) => line.http_request.path)).toEqual(["/health/x", "/"]);
});

it("CWE-117: a request id that is none is not repeated, a path is cut, and what may be a token in it is hidden", () => {
  const { log, parsed } = lines();
  const write = requestLines(log, options);
  for (const requestId of ["<b>", "a\r\nb", "x".repeat(129), ""]) write({ ...request, requestId });
  write({ ...request, path: "/x".repeat(35_000) });
  write({ ...request, path: `/userinfo/${"x".repeat(41)}/me` });
  for (const line of parsed().slice(0, 4)) expect(line.http_request).not.toHaveProperty("request_id");
  expect(parsed()[4].http_request.path).toHaveLength(1024);
  expect(parsed()[5].http_request.path).toBe("/userinfo/[gone]/me");
});
