/** A whole server on sockets of its own, with the login and consent application played by the test. */
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { createServer } from "node:net";
import { loadConfig } from "../../src/config/load.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { cookieBrowser } from "./browser.ts";

/** What can be asked of a server, wherever it runs. */
export interface Callable {
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** A call of the admin port's REST API. */
  admin(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A form to the public port. */
  post(path: string, form: Form, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** RFC 7662, on the admin port. */
  introspect(form: Form): Promise<Answer>;
}

export interface World extends Callable {
  readonly server: RunningServer;
  /** The clock that every request of this server is dated by. */
  readonly clock: Clock;
  readonly log: readonly string[];
  close(): Promise<void>;
}

export interface Clock {
  now(): Date;
  advance(seconds: number): void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The parsed body; an empty object where it is no JSON object. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the wire says
  readonly body: any;
}

export type Form = Readonly<Record<string, string>> | URLSearchParams | string;

export interface WorldOptions {
  readonly dsn?: string;
  /** Hydra's keys, over the tests' own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
  /** What the server remembers grows old by the test's clock too. */
  readonly remembersByClock?: boolean;
}

export const loginPage = "http://127.0.0.1:9/login";
export const consentPage = "http://127.0.0.1:9/consent";

export function movableClock(start = new Date()): Clock {
  let offset = 0;
  return {
    now: () => new Date(start.getTime() + offset),
    advance: (seconds) => {
      offset += seconds * 1000;
    },
  };
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? movableClock();
  const log: string[] = [];
  const publicPort = await freePort();
  const flags = {
    dsn: options.dsn ?? "memory",
    dev: true,
    "secrets.system": ["a secret of the tests only"],
    "serve.public.host": "127.0.0.1",
    "serve.public.port": publicPort,
    "serve.admin.port": 0,
    "urls.self.issuer": `http://127.0.0.1:${publicPort}`,
    "urls.login": loginPage,
    "urls.consent": consentPage,
    "log.level": "info",
    ...options.settings,
  };
  const { config } = loadConfig({ flags });
  const elapsed = options.remembersByClock === true ? { elapsed: () => clock.now().getTime() } : {};
  const writeLog = (line: string) => log.push(line);
  const server = await startServer(config, { now: () => clock.now(), writeLog, ...elapsed });
  return { ...callable(server), server, clock, log, close: () => server.close() };
}

export function callable({ publicUrl, adminUrl }: Pick<Callable, "publicUrl" | "adminUrl">): Callable {
  return {
    publicUrl,
    adminUrl,
    admin: (method, path, body) =>
      send(method, adminUrl + path, body === undefined ? undefined : JSON.stringify(body), jsonType),
    post: (path, form, headers = {}) => send("POST", publicUrl + path, encode(form), { ...formType, ...headers }),
    introspect: (form) => send("POST", `${adminUrl}/admin/oauth2/introspect`, encode(form), formType),
    get: (path, headers = {}) => send("GET", publicUrl + path, undefined, headers),
  };
}

/** The issuer has to be known before the server listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const jsonType = { "content-type": "application/json" };
const formType = { "content-type": "application/x-www-form-urlencoded" };

function encode(form: Form): string {
  return typeof form === "string" ? form : new URLSearchParams(form).toString();
}

/** One request over a connection of its own. */
export function send(method: string, url: string, body?: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const named = Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()]);
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(named), text, body: parsed(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export function basic(id: string, secret: string): Record<string, string> {
  const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** A browser that stops where nobody serves: at the login and consent pages and at the client. */
export function newBrowser() {
  return cookieBrowser({ stopAt: "http://127.0.0.1:9/" });
}
