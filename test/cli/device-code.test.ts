import { afterAll, beforeAll, expect, it } from "vitest";
import { landing, type TestClient } from "../support/code-flow.ts";
import { approve, devicePages, newDeviceClient, openDevicePage, rejectDevice } from "../support/device-flow.ts";
import { newBrowser, startWorld, type World } from "../support/server.ts";
import { begin, run } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({
    settings: { ...devicePages, "oauth2.device_authorization.token_polling_interval": "1s" },
  });
});
afterAll(() => world.close());

/** A running `perform device-code`, and the code that it shows. */
async function performing(client: TestClient, ...flags: readonly string[]) {
  const command = begin(
    ...["perform", "device-code", "-e", world.publicUrl, "--client-id", client.id, "--client-secret", client.secret],
    ...["--format", "json", ...flags],
  );
  const shown = await command.printed;
  expect(shown).toContain(`${world.publicUrl}/oauth2/device/verify\n`);
  return { ended: command.ended, shown, user_code: /code ([\w-]+)/.exec(shown)?.[1] ?? "" };
}

it("shows a code, waits for its user, and prints the tokens", async () => {
  const client = await newDeviceClient(world, { audience: ["https://api.example"] });
  const command = await performing(client, "--scope", "openid", "--audience", "https://api.example");
  await approve(world, command);
  world.clock.advance(1);
  const { exitCode, stdout } = await command.ended;
  expect(exitCode).toBe(0);
  const tokens = JSON.parse(stdout.slice(command.shown.length));
  expect(tokens).toMatchObject({ scope: "openid", id_token: expect.any(String) });
  expect((await world.introspect({ token: tokens.access_token })).body.aud).toEqual(["https://api.example"]);
});

it("ends with the server's words when the user refuses", async () => {
  const client = await newDeviceClient(world);
  const command = await performing(client);
  const challenge = await openDevicePage(world, newBrowser());
  const answer = await rejectDevice(world, challenge, { user_code: command.user_code });
  await landing(newBrowser(), answer.body.redirect_to);
  const { exitCode, stderr } = await command.ended;
  expect(exitCode).toBe(1);
  expect(stderr).toContain("access_denied");
});

it("says what the server refuses at once", async () => {
  const client = await newDeviceClient(world);
  const wrong = ["--client-id", client.id, "--client-secret", "wrong"];
  const { exitCode, stderr } = await run("perform", "device-code", "-e", world.publicUrl, ...wrong);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("invalid_client");
  const urls = ["--device-auth-url", `${world.publicUrl}/nowhere`, "--token-url", `${world.publicUrl}/nowhere`];
  const lost = await run("perform", "device-code", "--client-id", client.id, ...urls);
  expect(lost.exitCode).toBe(1);
});
