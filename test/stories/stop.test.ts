/** How a server ends: running requests finish, nobody new is taken, and a second signal is in a hurry. */
import http2 from "node:http2";
import net from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { newClient } from "../support/code-flow.ts";
import { halfProbe, halfRequest, tokenRequest } from "../support/half-request.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";

describe("a server that is told to stop", () => {
  let server: ServerProcess;
  afterEach(() => server?.kill());

  const start = async () => {
    server = await startProcess({ dsn: "memory" });
    return server;
  };

  test("OPS-003: finishes the requests that run, is not ready from that moment on, and ends with 0", async () => {
    const { publicUrl, adminUrl, line } = await start();
    const client = await newClient(server);
    const probes = [halfProbe(publicUrl, "/health/ready"), halfProbe(adminUrl, "/admin/health/ready")];
    const token = await halfRequest(publicUrl, tokenRequest(client));
    const create = await halfRequest(adminUrl, {
      path: "/admin/clients",
      type: "application/json",
      body: `{"client_name":"late"}`,
    });
    server.signal("SIGTERM");
    await line("the server stops");
    for (const probe of probes) expect(await probe.finish()).toMatch(/^HTTP\/1\.1 503 .*The server is stopping/s);
    for (const url of [publicUrl, adminUrl]) await expect(fetch(`${url}/health/ready`)).rejects.toThrow();
    const answer = await token.finish();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain("connection: close");
    expect(await create.finish()).toMatch(/^HTTP\/1\.1 201 /);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.log.at(-1)).toContain("the server has stopped");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("ends at once with 0 when nothing runs (%s)", async (signal) => {
    await start();
    const idle = net.connect(Number(new URL(server.publicUrl).port), "127.0.0.1");
    onTestFinished(() => void idle.destroy());
    await new Promise((resolve) => idle.once("connect", resolve));
    const began = performance.now();
    server.signal(signal);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test("a second signal cuts what still runs, and its line is in the log", async () => {
    const { publicUrl, line } = await start();
    await halfRequest(publicUrl, tokenRequest(await newClient(server)));
    const began = performance.now();
    server.signal("SIGINT");
    await line("the server stops");
    // Ctrl-C reaches a process directly and through npm: the two are one.
    server.signal("SIGINT");
    await expect(Promise.race([server.exited, later(600)])).resolves.toBe("later");
    server.signal("SIGINT");
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(3000);
    expect(server.log.some((one) => one.includes('"status":499'))).toBe(true);
    expect(server.log.at(-1)).toContain("the server has stopped");
  });

  test("who watches its health is told, and is no reason to stay", async () => {
    const { adminUrl } = await start();
    const statuses: string[] = [];
    const watching = await watchHealth(adminUrl, (status) => statuses.push(status));
    const began = performance.now();
    server.signal("SIGTERM");
    await watching.ended;
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(statuses).toEqual(["SERVING", "NOT_SERVING"]);
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

function later(ms: number): Promise<"later"> {
  return new Promise((resolve) => setTimeout(() => resolve("later"), ms));
}

/** `grpc.health.v1.Health/Watch`: resolves with the end of the stream. */
async function watchHealth(url: string, tell: (status: string) => void): Promise<{ readonly ended: Promise<void> }> {
  const session = http2.connect(url).on("error", () => {});
  onTestFinished(() => session.destroy());
  const headers = { ":method": "POST", ":path": "/grpc.health.v1.Health/Watch", "content-type": "application/grpc" };
  const stream = session.request({ ...headers, te: "trailers" });
  stream.end(Buffer.alloc(5));
  const told = new Promise<void>((resolve) => {
    // A message of five bytes of prefix, the field's tag and the enum's value.
    stream.on("data", (chunk: Buffer) => {
      for (let at = 0; at + 6 < chunk.length; at += 7) tell(chunk[at + 6] === 1 ? "SERVING" : "NOT_SERVING");
      resolve();
    });
  });
  const ended = new Promise<void>((resolve) => stream.on("error", () => {}).once("close", () => resolve()));
  await told;
  return { ended };
}
