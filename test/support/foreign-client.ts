/** Relying parties in other languages: small programs under `test/clients`, run where their toolchain is. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const clients = join(import.meta.dirname, "../clients");

/** A program that is ready to run, or why it cannot be here. */
export type ForeignClient =
  | { readonly command: readonly [program: string, ...args: string[]]; close(): void }
  | { readonly missing: string };

export interface Conversation {
  /** What the program asks for: a browser at this place, and perhaps a code that its user types there. */
  readonly visit: string;
  readonly userCode?: string;
  /** Where the browser ended, for a program that waits for it; what the program found. */
  finish(place?: URL): Promise<Readonly<Record<string, unknown>>>;
}

const exec = promisify(execFile);

/** Go's own cache keeps the modules: they are fetched once, and what `go.sum` does not know is refused. */
export async function goClient(): Promise<ForeignClient> {
  const cwd = join(clients, "go");
  const needed = /^go (\d+\.\d+)/m.exec(readFileSync(join(cwd, "go.mod"), "utf8"))?.[1] ?? "";
  const env = { ...process.env, GOTOOLCHAIN: "local", GOFLAGS: "-mod=readonly" };
  const go = (args: string[], timeout: number) => exec("go", args, { cwd, env, timeout });
  const version = await go(["env", "GOVERSION"], 10_000).catch(() => undefined);
  if (version === undefined) return { missing: `no Go ${needed} or newer on this machine` };
  const fetched = await go(["mod", "download"], 60_000).catch(() => undefined);
  if (fetched === undefined) return { missing: "the Go modules cannot be fetched here" };
  const folder = mkdtempSync(join(tmpdir(), "tessera-go-client-"));
  const program = join(folder, "client");
  // From here on a failure is one of the program, and of the test.
  await go(["build", "-o", program, "."], 120_000);
  return { command: [program], close: () => rmSync(folder, { recursive: true }) };
}

/** The packages go into a folder of their own, once per version of them and of Python; none that is not in the list. */
export async function pythonProgram(name: "python" | "python-grpc", script: string): Promise<ForeignClient> {
  const cwd = join(clients, name);
  const python = (args: string[], timeout: number) => exec("python3", args, { cwd, timeout });
  const version = await python(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], 10_000).catch(
    () => undefined,
  );
  if (version === undefined) return { missing: "no Python 3 on this machine" };
  const list = createHash("sha256")
    .update(readFileSync(join(cwd, "requirements.txt")))
    .digest("hex");
  const folder = join(tmpdir(), `tessera-python-${version.stdout.trim()}-${list.slice(0, 16)}`);
  if (!existsSync(folder)) {
    const partial = mkdtempSync(`${folder}-`);
    const flags = ["--quiet", "--require-hashes", "--only-binary=:all:", "--no-deps", "--target", partial];
    const install = ["-m", "pip", "install", ...flags, "--requirement", "requirements.txt"];
    const installed = await python(install, 90_000).catch(() => undefined);
    // Of processes that race the first rename stays.
    if (installed !== undefined) renameSync(partial, folder);
    else rmSync(partial, { recursive: true });
    if (installed === undefined) return { missing: "the Python packages cannot be installed here" };
  }
  return { command: ["env", `PYTHONPATH=${folder}`, "python3", join(cwd, script)], close: () => undefined };
}

/** Starts the program on its job, and hears where its user has to go. */
export async function converse(client: ForeignClient, job: Readonly<Record<string, unknown>>): Promise<Conversation> {
  if ("missing" in client) throw new Error(client.missing);
  const [program, ...args] = client.command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], timeout: 60_000 });
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`The program ended: ${complaints.join("")}`);
    return JSON.parse(line.value);
  };
  child.stdin.write(`${JSON.stringify(job)}\n`);
  const asked = await next();
  return {
    visit: asked.visit,
    userCode: asked.userCode,
    finish(place) {
      child.stdin.end(place === undefined ? "" : `${place.href}\n`);
      return next();
    },
  };
}
