/** The servers that are measured, each in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../support/server.ts";

export interface RunningServer {
  readonly pid: number;
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** From the start of the process until it was ready to serve. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

const launcher = join(import.meta.dirname, "..", "..", "src", "launch.js");
const bareServer = join(import.meta.dirname, "bare-server.ts");
const longestStartMs = 30_000;

/** Tessera as its users start it, with its default settings and open registration, on a database that is migrated already or migrates itself. */
export async function startTessera(dsn: string): Promise<RunningServer> {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const publicUrl = `http://127.0.0.1:${publicPort}`;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const environment = {
    DSN: dsn,
    SECRETS_SYSTEM: "a secret of the benchmark only",
    SERVE_PUBLIC_HOST: "127.0.0.1",
    SERVE_PUBLIC_PORT: String(publicPort),
    SERVE_ADMIN_HOST: "127.0.0.1",
    SERVE_ADMIN_PORT: String(adminPort),
    URLS_SELF_ISSUER: publicUrl,
    URLS_LOGIN: "http://127.0.0.1:9/login",
    URLS_CONSENT: "http://127.0.0.1:9/consent",
    OIDC_DYNAMIC_CLIENT_REGISTRATION_ENABLED: "true",
    OIDC_DYNAMIC_CLIENT_REGISTRATION_RATE_LIMIT: "0",
  };
  // A file and not nothing: what a log costs belongs to the figures.
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-log-"));
  const log = openSync(join(folder, "server.log"), "w");
  const startedAt = performance.now();
  const child = spawn(process.execPath, [launcher, "serve", "all", "--dev"], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "ignore", log],
  });
  closeSync(log);
  await ready(child, `${adminUrl}/health/ready`);
  const readyMs = performance.now() - startedAt;
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return { pid: child.pid ?? 0, publicUrl, adminUrl, readyMs, stop };
}

export async function startBare(): Promise<RunningServer> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [bareServer], { stdio: ["ignore", "pipe", "inherit"] });
  const [line]: string[] = await once(child.stdout.setEncoding("utf8"), "data");
  const url = line?.trim() ?? "";
  const readyMs = performance.now() - startedAt;
  return { pid: child.pid ?? 0, publicUrl: url, adminUrl: url, readyMs, stop: () => end(child) };
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + longestStartMs;
  while (performance.now() < deadline && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    await pause(5);
  }
  child.kill();
  throw new Error(`The server did not become ready at ${url}.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
