/** Server, reference pages and demo client in one process, on SQLite in a data folder. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { Environment } from "../../config/environment.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/settings.ts";
import { startServer } from "../../server.ts";
import { mountReferencePages } from "../../ui/app.ts";
import { startDemoClient } from "../../ui/demo-client.ts";
import { registerDemoClient } from "../../ui/demo-registration.ts";
import { demoUser } from "../../ui/users.ts";
import { devSecret } from "../dev-secret.ts";

/** 0 stands for any free port. */
export interface DemoPorts {
  readonly public: number;
  readonly admin: number;
  readonly pages: number;
  readonly demo: number;
}

export interface DemoOptions {
  readonly dataFolder: string;
  readonly ports: DemoPorts;
  readonly environment: Environment;
  /** Takes the lines of the log instead of standard error. */
  readonly writeLog?: (line: string) => void;
}

export interface RunningDemo {
  readonly config: Config;
  readonly warnings: readonly string[];
  readonly pagesUrl: string;
  readonly demoUrl: string;
  close(): Promise<void>;
}

const host = "127.0.0.1";
const clientId = "demo-client";

/** Throws, with everything closed again, when a part can not start. */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const closers: Array<() => Promise<void>> = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    return { ...(await startParts(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(options: DemoOptions, closers: Array<() => Promise<void>>) {
  const report = (error: unknown) => options.writeLog?.(error instanceof Error ? (error.stack ?? error.message) : "");
  const pagesPort = await freePort(options.ports.pages);
  const { config, warnings } = await settings(options, pagesPort);
  const { writeLog } = options;
  const server = await startServer(config, writeLog === undefined ? {} : { writeLog });
  closers.push(() => server.close());

  const { adminUrl } = server;
  const apiKey = options.environment.TESSERA_API_KEY;
  const pages = { adminUrl, apiKey, host, port: pagesPort, users: [demoUser], random: randomBytes, report };
  const mounted = await mountReferencePages(pages);
  closers.push(() => mounted.close());

  // A new secret at each start: the server keeps its hash, and nobody has to keep the secret.
  const clientSecret = randomBytes(24).toString("base64url");
  const issuer = config["urls.self.issuer"];
  const demoPort = options.ports.demo;
  const demo = await startDemoClient({
    issuer,
    clientId,
    clientSecret,
    host,
    port: demoPort,
    random: randomBytes,
    report,
  });
  closers.push(demo.close);
  await registerDemoClient({
    adminUrl,
    apiKey,
    clientId,
    clientSecret,
    redirectUri: demo.redirectUri,
    homeUri: demo.url,
  });
  return { config, warnings, pagesUrl: new URL(mounted.loginUrl).origin, demoUrl: demo.url };
}

/** What was written for the server in the environment counts here too, and more. */
async function settings({ dataFolder, ports, environment }: DemoOptions, pagesPort: number) {
  const pages = `http://${host}:${pagesPort}`;
  return loadConfig({
    flags: {
      dev: true,
      "data.folder": dataFolder,
      "serve.public.host": host,
      "serve.public.port": await freePort(ports.public),
      "serve.admin.host": host,
      "serve.admin.port": await freePort(ports.admin),
      "urls.login": `${pages}/login`,
      "urls.consent": `${pages}/consent`,
      "urls.device.verification": `${pages}/device`,
      "urls.device.success": `${pages}/device/success`,
      "urls.logout": `${pages}/logout`,
      "urls.post_logout_redirect": `${pages}/signed-out`,
      "urls.error": `${pages}/error`,
      "log.level": "warn",
    },
    environment,
    devSecret,
  });
}

/** Found before anything listens, because the issuer's name and the pages' addresses contain the port. */
async function freePort(port: number): Promise<number> {
  if (port !== 0) return port;
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      const found = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(found));
    });
  });
}
