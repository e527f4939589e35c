/** The program as operators run it: processes of its own that can be signalled, killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { type Callable, callable, consentPage, freePort, loginPage } from "./server.ts";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface ProcessOptions {
  readonly dsn: string;
  /** Where browsers find the server; its own port unless several processes are one server. */
  readonly publicUrl?: string;
  readonly secret?: string;
  /** Environment variables over the tests' own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A module that is loaded before the program. */
  readonly preload?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  /** The lines of standard error so far. */
  readonly log: readonly string[];
  readonly exited: Promise<Exit>;
  signal(name: NodeJS.Signals): void;
  /** From now on nobody reads standard error. */
  deafen(): void;
  /** Resolves with the first line that holds the text, also one that is still to come. */
  readonly line: (text: string) => Promise<string>;
}

export interface ServerProcess extends Running, Callable {
  /** SIGTERM, and the end. */
  stop(): Promise<Exit>;
  /** SIGKILL: nothing of the process runs any more when this resolves. */
  kill(): Promise<void>;
}

/** Starts `serve all` and waits until both ports are served. */
export async function startProcess(options: ProcessOptions): Promise<ServerProcess> {
  const running = await launch(options);
  const [own, admin] = await Promise.all([
    running.line("serving the public port"),
    running.line("serving the admin port"),
  ]);
  const urls = { publicUrl: String(JSON.parse(own).url), adminUrl: String(JSON.parse(admin).url) };
  return {
    ...running,
    ...callable(urls),
    stop() {
      running.signal("SIGTERM");
      return running.exited;
    },
    async kill() {
      running.signal("SIGKILL");
      await running.exited;
    },
  };
}

/** `serve all`, however it goes. */
export async function launch(options: ProcessOptions): Promise<Running> {
  const publicPort = await freePort();
  const publicUrl = options.publicUrl ?? `http://127.0.0.1:${publicPort}`;
  return run(["serve", "all", "--dev"], {
    DSN: options.dsn,
    SECRETS_SYSTEM: options.secret ?? "a secret of the tests only",
    SERVE_PUBLIC_HOST: "127.0.0.1",
    SERVE_PUBLIC_PORT: String(publicPort),
    SERVE_ADMIN_PORT: "0",
    URLS_SELF_ISSUER: publicUrl,
    URLS_LOGIN: loginPage,
    URLS_CONSENT: consentPage,
    ...(options.preload === undefined ? {} : { NODE_OPTIONS: `--import=${options.preload}` }),
    ...options.environment,
  });
}

/** Runs the program with these arguments and nothing of this process's environment. */
export function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: tmpdir(),
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  const { lines, line } = linesOf(child);
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => {
      process.off("exit", orphaned);
      resolve({ code, signal });
    });
  });
  return {
    log: lines,
    exited,
    signal: (name) => void child.kill(name),
    deafen: () => void child.stderr.destroy(),
    line,
  };
}

interface Listener {
  readonly text: string;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

function linesOf(child: ChildProcess) {
  const lines: string[] = [];
  const listeners = new Set<Listener>();
  let rest = "";
  let hasEnded = false;
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    const pieces = (rest + chunk).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) tell(piece);
  });
  child.once("close", () => {
    hasEnded = true;
    if (rest !== "") tell(rest);
    for (const { text, reject } of listeners) reject(silent(text));
  });
  const silent = (text: string) => new Error(`The process ended without '${text}': ${lines.slice(-5).join("\n")}`);
  function tell(line: string): void {
    lines.push(line);
    for (const listener of listeners) {
      if (!line.includes(listener.text)) continue;
      listeners.delete(listener);
      listener.resolve(line);
    }
  }
  const line = (text: string): Promise<string> => {
    const found = lines.find((one) => one.includes(text));
    if (found !== undefined) return Promise.resolve(found);
    if (hasEnded) return Promise.reject(silent(text));
    return new Promise((resolve, reject) => listeners.add({ text, resolve, reject }));
  };
  return { lines, line };
}

/** Asks until the answer fits, or fails with the last one. */
export async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, withinMs: number): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
