import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { cookieBrowser } from "../support/browser.ts";

const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
const anyPorts = ["public", "admin", "pages", "demo"].flatMap((name) => [`--port-${name}`, "0"]);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...flags: string[]) {
  const child = spawn(process.execPath, [main, "start", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, ...texts })));
  return { child, ended, opened: openedBy(child, ended) };
}

/** The URL to click, once it stands there. */
async function openedBy({ stdout }: ChildProcess, ended: Promise<Ended>): Promise<string> {
  const found = new Promise<string>((resolve) => {
    let text = "";
    stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const url = /Open\s+\S*?(http:\/\/127\.0\.0\.1:\d+\/)/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  return Promise.race([found, ended.then(({ stderr }) => `ended: ${stderr}`)]);
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-start-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("npm start", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("prints a URL that works, and ends cleanly at %s", async (signal) => {
    const data = join(emptyFolder(), "made");
    const { child, opened, ended } = run("--data", data, ...anyPorts);
    const page = await cookieBrowser().visit(await opened);
    expect(page.body).toContain("Sign in with Tessera");
    child.kill(signal);
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const secret = readdirSync(data).find((name) => name.includes("secret")) ?? "none";
    expect((statSync(join(data, secret)).mode & 0o777).toString(8)).toBe("600");
  });

  it.each(["public", "admin", "pages", "demo"])("says in one line that the %s port is in use", async (name) => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, stderr } = await run("--data", emptyFolder(), ...anyPorts, `--port-${name}`, String(port)).ended;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(`Port ${port} is in use`)]);
    expect(stderr).toContain(`--port-${name}`);
  });

  it("says in one line that the data folder cannot be written", async () => {
    const file = join(emptyFolder(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await run("--data", join(file, "data"), ...anyPorts).ended;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("cannot be written")]);
  });
});
