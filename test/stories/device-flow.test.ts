import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive, refresh } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { approve, devicePages, donePage, newDevice, newDeviceClient, poll } from "../support/device-flow.ts";
import { refusal } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

describe.each(databases)("the device flow on $name", (database) => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn(), settings: devicePages });
  });
  afterAll(() => world?.close());

  test("RFC 8628 §3: a user lets a device in, and the device gets its tokens", async () => {
    const client = await newDeviceClient(world);
    const device = await newDevice(world, client);
    expect(device).toEqual({
      device_code: expect.stringMatching(/^tsr_dc_[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${world.publicUrl}/oauth2/device/verify`,
      verification_uri_complete: `${world.publicUrl}/oauth2/device/verify?user_code=${device.user_code}`,
      expires_in: 600,
      interval: 5,
    });
    expect(refusal(await poll(world, client, device))).toEqual([400, "authorization_pending"]);
    const place = await approve(world, device);
    expect(place.href).toBe(`${donePage}?client_id=${client.id}`);
    world.clock.advance(5);
    const answer = await poll(world, client, device);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({ token_type: "bearer", expires_in: 3600, scope: "openid offline read" });
    const keys = createLocalJWKSet((await world.get("/.well-known/jwks.json")).body);
    const expected = { issuer: world.publicUrl, audience: client.id, currentDate: world.clock.now() };
    const { payload } = await jwtVerify(answer.body.id_token, keys, expected);
    expect(payload).toMatchObject({ sub: "alice", at_hash: expect.any(String), sid: expect.any(String) });
    const introspected = await world.introspect({ token: answer.body.access_token });
    expect(introspected.body).toMatchObject({ active: true, sub: "alice", client_id: client.id });
    const refreshed = await refresh(world, client, answer.body.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(await isActive(world, refreshed.body.access_token)).toBe(true);
  });
});
