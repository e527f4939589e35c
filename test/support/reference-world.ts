/** A whole sign-in as users meet it: the server on a movable clock, the reference pages, and the demo client. */
import { randomBytes } from "node:crypto";
import { mountReferencePages } from "../../src/ui/app.ts";
import { startDemoClient } from "../../src/ui/demo-client.ts";
import { registerDemoClient } from "../../src/ui/demo-registration.ts";
import { demoUser } from "../../src/ui/users.ts";
import { freePort, startWorld, type World } from "./server.ts";

export interface ReferenceWorld extends World {
  /** Where the reference pages are: another site than the server and the client, as it is in life. */
  readonly pagesUrl: string;
  readonly demoUrl: string;
  /** What went wrong in a page and was shown to nobody. */
  readonly faults: readonly unknown[];
}

const host = "127.0.0.1";

export async function startReferenceWorld(
  dsn = "memory",
  settings: Readonly<Record<string, unknown>> = {},
): Promise<ReferenceWorld> {
  const port = await freePort();
  const pagesUrl = `http://localhost:${port}`;
  const faults: unknown[] = [];
  const own = { host, random: randomBytes, report: (error: unknown) => faults.push(error) };
  const world = await startWorld({ dsn, settings: { ...pageSettings(pagesUrl), ...settings } });
  const pages = await mountReferencePages({ ...own, adminUrl: world.adminUrl, port, users: [demoUser] });
  const client = { clientId: "demo-client", clientSecret: randomBytes(24).toString("base64url") };
  const demo = await startDemoClient({ ...own, ...client, issuer: world.publicUrl, port: 0 });
  await registerDemoClient({
    ...client,
    adminUrl: world.adminUrl,
    redirectUri: demo.redirectUri,
    homeUri: demo.url,
  });
  return {
    ...world,
    pagesUrl,
    demoUrl: demo.url,
    faults,
    async close() {
      await demo.close();
      await pages.close();
      await world.close();
    },
  };
}

function pageSettings(pages: string) {
  return {
    "urls.login": `${pages}/login`,
    "urls.consent": `${pages}/consent`,
    "urls.device.verification": `${pages}/device`,
    "urls.device.success": `${pages}/device/success`,
    "urls.logout": `${pages}/logout`,
    "urls.post_logout_redirect": `${pages}/signed-out`,
    "urls.error": `${pages}/error`,
  };
}
