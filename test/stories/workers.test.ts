/** `serve --workers`: several processes behind one listener. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasPostgres, postgresDatabase } from "../support/database.ts";
import { freePort, send } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";

const launcher = join(import.meta.dirname, "..", "..", "src", "launch.js");

interface Crew {
  readonly child: ChildProcess;
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly ended: Promise<number | null>;
  /** Resolves when standard error holds the text so often. */
  said(text: string, times: number): Promise<void>;
  log(): string;
}

async function crewOf(count: string, over: Record<string, string> = {}): Promise<Crew> {
  const [open, admin] = [await freePort(), await freePort()];
  const env = {
    PATH: process.env.PATH ?? "",
    SECRETS_SYSTEM: "a secret of the tests only",
    SERVE_PUBLIC_HOST: "127.0.0.1",
    SERVE_PUBLIC_PORT: String(open),
    SERVE_ADMIN_PORT: String(admin),
    URLS_LOGIN: "http://127.0.0.1:9/login",
    URLS_CONSENT: "http://127.0.0.1:9/consent",
    ...over,
  };
  const child = spawn(process.execPath, [launcher, "serve", "all", "--dev", "--workers", count], {
    env,
    cwd: temporaryFolder(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  const heard = new Set<() => void>();
  child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of heard) look();
  });
  return {
    child,
    publicUrl: `http://127.0.0.1:${open}`,
    adminUrl: `http://127.0.0.1:${admin}`,
    ended: new Promise((resolve) => child.once("close", resolve)),
    log: () => text,
    said: (words, times) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (text.split(words).length <= times) return;
          heard.delete(look);
          resolve();
        };
        heard.add(look);
        child.once("close", () => reject(new Error(text)));
        look();
      }),
  };
}

async function aCrew(): Promise<Crew> {
  const { dsn } = await postgresDatabase();
  const crew = await crewOf("2", { DSN: dsn });
  await crew.said("serving the admin port", 2);
  return crew;
}

/** The number behind a metric's sample, summed over its series. */
function sumOf(page: string, sample: string): number {
  const lines = page.split("\n").filter((line) => line.startsWith(sample));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

function pidsOf(crew: Crew): number[] {
  const page = crew.log().matchAll(/"pid":(\d+)/g);
  return [...new Set(Array.from(page, (match) => Number(match[1])))];
}

describe.runIf(hasPostgres)("two workers on one database", () => {
  test("their metrics are one page, whoever is asked", async () => {
    const crew = await aCrew();
    for (let count = 0; count < 20; count += 1) {
      expect((await send("POST", `${crew.publicUrl}/oauth2/token`)).status).toBe(400);
    }
    for (let count = 0; count < 4; count += 1) {
      const { text } = await send("GET", `${crew.adminUrl}/admin/metrics/prometheus`);
      expect(sumOf(text, 'http_requests_total{code="400",method="POST",endpoint="/oauth2/token"')).toBe(20);
    }
    crew.child.kill("SIGTERM");
    expect(await crew.ended).toBe(0);
  });

  test("who is killed is replaced, and the others serve on", async () => {
    const crew = await aCrew();
    const [first] = await childrenOf(crew.child.pid ?? 0);
    process.kill(first ?? 0, "SIGKILL");
    await crew.said("a worker has ended and is replaced", 1);
    expect(pidsOf(crew)).toEqual([first]);
    for (let count = 0; count < 10; count += 1) {
      expect((await send("GET", `${crew.publicUrl}/health/alive`)).status).toBe(200);
    }
    await crew.said("serving the admin port", 3);
    crew.child.kill("SIGINT");
    expect(await crew.ended).toBe(0);
  });

  test("one that cannot start ends all of them with its reason", async () => {
    const [taken, { dsn }] = [createServer(), await postgresDatabase()];
    await once(taken.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const crew = await crewOf("2", { DSN: dsn, SERVE_ADMIN_HOST: "127.0.0.1", SERVE_ADMIN_PORT: port });
    expect(await crew.ended).toBe(1);
    expect(crew.log()).toContain(port);
    expect(crew.log()).toContain("in use");
  });
});

test("an embedded database is one process's own", async () => {
  const crew = await crewOf("2", { DSN: "memory" });
  expect(await crew.ended).toBe(1);
  expect(crew.log()).toContain("--workers: several processes need PostgreSQL");
});

test.each(["0", "257", "many", "1.5"])("--workers %s is refused", async (count) => {
  const crew = await crewOf(count, { DSN: "memory" });
  expect(await crew.ended).not.toBe(0);
  expect(crew.log()).toContain("`auto` or a number from 1 to 256");
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").map(Number);
}
