/** Security cases of exhaustion: many who ask for dear things, or for nothing, do not keep the others from being served. */
import { once } from "node:events";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newClient, type TestClient } from "../support/code-flow.ts";
import { askToken, countStatuses } from "../support/grants.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import type { Answer } from "../support/server.ts";

const machine = { grant_type: "client_credentials", scope: "read" };

describe("a server that is asked for too much", () => {
  let server: ServerProcess;
  let quick: TestClient;
  let slow: TestClient;
  let neighbour: TestClient;

  beforeAll(async () => {
    server = await startProcess({ dsn: "memory" });
    quick = await newClient(server);
    // People's secrets are hashed slowly (D28).
    slow = await newClient(server, { client_secret: "a secret that somebody chose" });
    neighbour = await newClient(server, { client_secret: "another that somebody chose" });
  });
  afterAll(() => server?.kill());

  /** Milliseconds that the event loop was late by, since it was last asked; 10 when it was not. */
  async function loopDelay(): Promise<{ readonly p50: number; readonly p90: number }> {
    const { text } = await server.admin("GET", "/admin/metrics/prometheus");
    const percentile = (rank: number) =>
      1000 * Number(new RegExp(`^nodejs_eventloop_lag_p${rank}_seconds\\{.*\\} (\\S+)$`, "m").exec(text)?.[1]);
    return { p50: percentile(50), p90: percentile(90) };
  }

  test("HTTP-014: of 1,000 secrets to be hashed at once most are shed with 503, and the event loop stays free", async () => {
    const guess = (number: number) => askToken(server, { ...slow, secret: `guess ${number}` }, machine);
    const guesses = Array.from({ length: 1000 }, (_, number) => guess(number));
    // Whoever has another client waits for his own turn only, and who needs no slow hash for none.
    const fair = askToken(server, neighbour, machine);
    const fast = Array.from({ length: 20 }, () => askToken(server, quick, machine));
    for (const answer of await Promise.all(fast)) expect(answer.status).toBe(200);
    await loopDelay();
    expect((await fair).status).toBe(200);
    const answers = await Promise.all(guesses);
    const { p50, p90 } = await loopDelay();
    // A hash takes longer than that.
    expect(p50).toBeLessThan(20);
    expect(p90).toBeLessThan(100);
    const { 401: hashed = 0, 503: shed = 0 } = countStatuses(answers);
    expect(hashed + shed).toBe(1000);
    expect(shed).toBeGreaterThan(500);
    expect(hashed).toBeGreaterThan(0);
    for (const { headers, status } of answers) if (status === 503) expect(headers["retry-after"]).toBe("1");
    expect((await askToken(server, slow, machine)).status).toBe(200);
  });

  test("HTTP-001: 2,000 connections that say nothing keep nobody from being served", async () => {
    const port = Number(new URL(server.publicUrl).port);
    const idle = Array.from({ length: 2000 }, () => net.connect(port, "127.0.0.1").on("error", () => {}));
    onTestFinished(() => {
      for (const socket of idle) socket.destroy();
    });
    await Promise.all(idle.map((socket) => once(socket, "connect")));
    const began = performance.now();
    const answers: Answer[] = [];
    for (let number = 0; number < 50; number++) answers.push(await askToken(server, quick, machine));
    expect(countStatuses(answers)).toEqual({ 200: 50 });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
