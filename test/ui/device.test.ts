import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { cookieBrowser } from "../support/browser.ts";
import { next, pagesWorld, past } from "./flow-server.ts";

const browser = () => cookieBrowser({ stopAt: next });

describe("the device page", () => {
  it("asks for the code that the device shows, and hands it on as it was typed", async () => {
    const { deviceUrl, told } = await pagesWorld();
    const user = browser();
    const page = await user.visit(`${deviceUrl}?device_challenge=d1`);
    expect(page.body).toContain("Connect a device");
    expect(page.body).not.toContain("Demo client");
    const end = await user.submit(page, { user_code: "wdjb-mjht", answer: "accept" });
    expect(end.url).toBe(`${next}device-accepted`);
    expect(told.acceptedDevices).toMatchObject([{ deviceChallenge: "d1", device: { userCode: "wdjb-mjht" } }]);
  });

  it("RFC 8628 §5.4: takes no code from a link without naming the application and asking", async () => {
    const { deviceUrl, told } = await pagesWorld();
    const user = browser();
    const page = await user.visit(`${deviceUrl}?device_challenge=d1&user_code=WDJB-MJHT`);
    for (const words of ["Connect Demo client?", "shows this very code", "WDJB-MJHT", "<code>demo-client</code>"]) {
      expect(page.body).toContain(words);
    }
    expect(told.acceptedDevices).toEqual([]);
    const end = await user.submit(page, { answer: "accept" });
    expect(end.url).toBe(`${next}device-accepted`);
    expect(told.acceptedDevices).toMatchObject([{ deviceChallenge: "d1", device: { userCode: "WDJB-MJHT" } }]);
  });

  it("refuses a device that is not the user's", async () => {
    const { deviceUrl, told } = await pagesWorld();
    const user = browser();
    const page = await user.visit(`${deviceUrl}?device_challenge=d1&user_code=WDJB-MJHT`);
    expect((await user.submit(page, { answer: "reject" })).url).toBe(`${next}device-rejected`);
    expect(told.rejectedDevices).toMatchObject([{ deviceChallenge: "d1", device: { userCode: "WDJB-MJHT" } }]);
  });

  it.each([
    [Code.InvalidArgument, 422, "That code is not right"],
    [Code.ResourceExhausted, 429, "wait a minute"],
  ])("says in words why a code was not taken, and asks again (%s)", async (code, status, words) => {
    const { deviceUrl } = await pagesWorld({ refuses: new ConnectError("no", code) });
    const page = await browser().visit(`${deviceUrl}?device_challenge=d1&user_code=%22%3E%3Cscript%3E`);
    expect(page.status).toBe(status);
    expect(page.body).toContain(words);
    expect(page.body).toContain('name="user_code"');
    expect(page.body).not.toContain("<script");
  });

  it("leads a browser on whose challenge is over", async () => {
    const { deviceUrl } = await pagesWorld({ refuses: past });
    expect((await browser().visit(`${deviceUrl}?device_challenge=d1`)).url).toBe(`${next}past`);
  });

  it("DEV-022, RFC 9700 §4.7: takes no form of another page, another challenge or another browser", async () => {
    const { deviceUrl, told } = await pagesWorld();
    const user = browser();
    const page = await user.visit(`${deviceUrl}?device_challenge=d1`);
    const token = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
    const form = { challenge: "d1", user_code: "WDJB-MJHT", answer: "accept" };
    for (const [sender, fields] of [
      [user, form],
      [user, { ...form, csrf: "x" }],
      [user, { ...form, challenge: "d2", csrf: token }],
      [browser(), { ...form, csrf: token }],
    ] as const) {
      expect((await sender.hop("POST", deviceUrl, fields)).status).toBe(403);
    }
    expect((await user.hop("POST", deviceUrl, { answer: "accept" })).status).toBe(400);
    expect((await user.hop("GET", deviceUrl)).status).toBe(400);
    expect(told.acceptedDevices).toEqual([]);
  });

  it("says when it is done", async () => {
    const { deviceDoneUrl } = await pagesWorld();
    const page = await browser().visit(`${deviceDoneUrl}?client_id=%3Cb%3Etv`);
    expect(page.status).toBe(200);
    expect(page.body).toContain("Your device is connected");
    expect(page.body).toContain("&lt;b&gt;tv");
  });

  it("RFC 8628 §5.4: the consent page says that a device waits, and names no website", async () => {
    const requestUrl = "https://op.example/oauth2/device/verify?user_code=****";
    const { consentUrl } = await pagesWorld({ consent: { requestUrl } });
    const page = await browser().visit(`${consentUrl}?consent_challenge=c1`);
    expect(page.body).toContain("A device waits for your answer");
    expect(page.body).not.toContain("app.example");
    expect(page.body).not.toContain("Remember");
  });
});
