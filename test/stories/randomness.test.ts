/** SIDE-010: a system without randomness to give costs answers, and never a weak token. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { authorizationRequest, newClient, type TestClient } from "../support/code-flow.ts";
import { askToken } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

const source = vi.hoisted(() => ({ fails: false }));

vi.mock("node:crypto", async (importOriginal) => {
  const crypto = await importOriginal<typeof import("node:crypto")>();
  const whenThereIs =
    <Asked extends readonly unknown[], T>(draw: (...asked: Asked) => T) =>
    (...asked: Asked): T => {
      if (source.fails) throw new Error("The system has no randomness to give.");
      return draw(...asked);
    };
  return {
    ...crypto,
    randomFillSync: whenThereIs((bytes: Buffer) => crypto.randomFillSync(bytes)),
    randomUUID: whenThereIs(() => crypto.randomUUID()),
  };
});

let world: World;
let client: TestClient;

beforeAll(async () => {
  world = await startWorld();
  client = await newClient(world);
});
afterAll(() => world?.close());

const ask = () => askToken(world, client, { grant_type: "client_credentials", scope: "read" });

test("requests that need chance fail with 500 and give nothing, the process lives on, and serves when there is some", async () => {
  source.fails = true;
  const tokens: string[] = [];
  // Bytes that were drawn before are still good.
  let answer = await ask();
  for (; answer.status === 200 && tokens.length < 1000; answer = await ask()) tokens.push(answer.body.access_token);
  expect(tokens.length).toBeLessThan(1000);
  expect(new Set(tokens).size).toBe(tokens.length);

  const failing = [
    ask(),
    ask(),
    world.get(authorizationRequest(world, client).url.slice(world.publicUrl.length)),
    world.admin("POST", "/admin/clients", {}),
    world.get("/health/alive"),
  ];
  for (const { status, text } of await Promise.all(failing)) {
    expect(status).toBe(500);
    expect(text).not.toMatch(/access_token|challenge|client_secret/);
  }
  expect(world.log.some((line) => line.includes('"level":"error"') && line.includes("no randomness"))).toBe(true);

  source.fails = false;
  expect((await ask()).status).toBe(200);
  expect((await newClient(world)).secret).toHaveLength(26);
});
