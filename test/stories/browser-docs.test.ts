/** Swagger UI in a real browser: it lists the calls, calls one, and keeps to this host and to its policy. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromium } from "../support/chromium.ts";
import { newClient } from "../support/code-flow.ts";
import { startWorld, type World } from "../support/server.ts";

const browser = await chromium();
afterAll(() => browser?.close());

describe.skipIf(browser === undefined)("Swagger UI", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test("lists every operation, and asks no other host and breaks no rule of its page", async () => {
    const page = await browser?.newPage();
    if (page === undefined) throw new Error("no browser");
    const [asked, complaints]: [string[], string[]] = [[], []];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${world.adminUrl}/admin/docs`);
    await page.locator(".opblock").first().waitFor();
    const { body } = await world.admin("GET", "/admin/openapi.json");
    const described = Object.values<object>(body.paths).flatMap((item) =>
      Object.keys(item).filter((name) => /^(get|put|post|delete|patch)$/.test(name)),
    );
    expect(await page.locator(".opblock").count()).toBe(described.length);
    const summary = page.locator(".opblock-summary-path", { hasText: "/admin/oauth2/introspect" });
    expect(await summary.count()).toBe(1);

    const { id } = await newClient(world, { client_id: "shown-in-the-page" });
    await page.locator("#operations-ClientService-GetClient .opblock-summary-control").click();
    await page.getByRole("button", { name: "Try it out" }).click();
    await page.getByPlaceholder("client_id").fill(id);
    await page.getByRole("button", { name: "Execute" }).click();
    await page.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
    expect(asked.filter((url) => !url.startsWith(world.adminUrl) && !url.startsWith("data:"))).toEqual([]);
    expect(complaints).toEqual([]);
    const picture = process.env.TEST_SCREENSHOTS;
    if (picture !== undefined) await page.screenshot({ path: `${picture}/swagger-ui.png` });
    await page.close();
  });
});
