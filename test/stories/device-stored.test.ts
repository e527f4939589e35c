/** Devices in the database, seen from behind and over a change of secrets. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dump, found, type OpenData, openDatas } from "../support/data.ts";
import {
  acceptDevice,
  approve,
  devicePages,
  newDevice,
  newDeviceClient,
  openDevicePage,
  poll,
} from "../support/device-flow.ts";
import { newBrowser, startWorld } from "../support/server.ts";

describe.each(openDatas)("devices stored on $name", ({ open }) => {
  let data: OpenData;

  beforeAll(async () => {
    data = await open();
  });
  afterAll(() => data?.close());

  test("DEV-017: whoever reads the database has no code to use", async () => {
    const world = await startWorld({ dsn: data.dsn, settings: devicePages });
    const client = await newDeviceClient(world);
    const [waiting, done] = [await newDevice(world, client), await newDevice(world, client)];
    await approve(world, done);
    const { body } = await poll(world, client, done);
    const secrets = {
      waitingDevice: waiting.device_code,
      waitingUser: waiting.user_code,
      plainUser: waiting.user_code.replace("-", ""),
      doneDevice: done.device_code,
      doneUser: done.user_code,
      donePlainUser: done.user_code.replace("-", ""),
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
    };
    const text = await dump(data);
    expect(text).toContain("device_codes");
    expect(found(text, secrets)).toEqual([]);
    expect(found(text.toUpperCase(), { waiting: secrets.plainUser, done: secrets.donePlainUser })).toEqual([]);
    await world.close();
  });

  test("D52: with a new secret in front, a user code of the old one is still good; without the old one it is not", async () => {
    const start = (secrets: readonly string[]) =>
      startWorld({ dsn: data.dsn, settings: { ...devicePages, "secrets.system": secrets } });
    const old = ["a secret of the tests only"];
    const fresh = ["another secret of the tests"];
    const first = await start(old);
    const client = await newDeviceClient(first);
    const device = await newDevice(first, client);
    await first.close();
    const both = await start([...fresh, ...old]);
    const challenge = await openDevicePage(both, newBrowser());
    expect((await acceptDevice(both, challenge, device.user_code)).status).toBe(200);
    await both.close();
    const without = await start(fresh);
    const anew = await openDevicePage(without, newBrowser());
    expect((await acceptDevice(without, anew, device.user_code)).status).toBe(400);
    await without.close();
  });
});
