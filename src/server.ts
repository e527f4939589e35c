/** The parts list: from the settings to the ports, from the ports to the listeners. */
import { readFileSync } from "node:fs";
import { withClientMemory } from "./adapters/client-memory.ts";
import { deviceMemory } from "./adapters/device-memory.ts";
import { cors } from "./adapters/http/cors.ts";
import { adminSurface, publicSurface } from "./adapters/http/routes.ts";
import { type PortOptions, servePort } from "./adapters/http/serve.ts";
import { clientKeys } from "./adapters/keys/client-keys.ts";
import { keyMaker } from "./adapters/keys/generate.ts";
import { type KeyRingOptions, keyRing } from "./adapters/keys/key-ring.ts";
import { macSecrets } from "./adapters/keys/mac-secrets.ts";
import { bytePool, random } from "./adapters/keys/random.ts";
import { seal } from "./adapters/keys/seal.ts";
import { secrets } from "./adapters/keys/secrets.ts";
import { signer } from "./adapters/keys/signer.ts";
import { subkeys } from "./adapters/keys/subkeys.ts";
import { verifier } from "./adapters/keys/verifier.ts";
import { outbound } from "./adapters/outbound/fetch.ts";
import { identityProvider } from "./adapters/outbound/identity-provider.ts";
import { tokenHooks } from "./adapters/outbound/token-hook.ts";
import { clientForm } from "./adapters/rpc/client-form.ts";
import { rpcSurface } from "./adapters/rpc/services.ts";
import { startTelemetry, type Telemetry } from "./adapters/telemetry/start.ts";
import type { Config } from "./config/settings.ts";
import { registeredOrigins } from "./operations/clients/origins.ts";
import type { Ports } from "./ports/ports.ts";
import { keyPolicy, keyStalenessSeconds } from "./protocol/key-life.ts";
import { canonicalKeySet, ownKeySets } from "./protocol/names.ts";
import { rousing, startChores } from "./server-chores.ts";
import { startFeed, telling } from "./server-events.ts";
import { admission, clientCaOf } from "./server-guard.ts";
import { toldHealth } from "./server-health.ts";
import { foundKeys } from "./server-keys.ts";
import { type Stop, stop } from "./server-stop.ts";
import { openStore } from "./server-store.ts";

export interface Overrides {
  /** The clock that dates every request. */
  readonly now?: () => Date;
  /** Milliseconds of a clock that only goes forward: the age of what is remembered. */
  readonly elapsed?: () => number;
  /** Which of the two ports to serve; both unless said. */
  readonly serves?: "all" | "public" | "admin";
  /** Takes the lines of the log instead of standard error. */
  readonly writeLog?: (line: string) => void;
  /** Where this process is one of several: given what it counts itself, answers what all of them have counted. */
  readonly joinColleagues?: (own: () => Promise<unknown>) => () => Promise<readonly unknown[]>;
}

export interface RunningServer {
  /** Where the ports really listen; "" for one that is not served. */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Looks after every chore at once, without waiting for its time. */
  runChores(): Promise<void>;
  /** Lets running requests finish; what is left after `graceMs` is cut. Called again, it is in more of a hurry. */
  close(graceMs?: number): Promise<void>;
}

/** Docker kills what has not ended after ten seconds. */
const defaultGraceMs = 8000;

/** Throws, with everything closed again, when the server can not start. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const stopping = stop();
  try {
    const urls = await startParts(config, overrides, stopping);
    return { ...urls, close: (graceMs = defaultGraceMs) => stopping.run(graceMs) };
  } catch (error) {
    await stopping.run(0);
    throw error;
  }
}

async function startParts(config: Config, overrides: Overrides, stopping: Stop) {
  const { now = () => new Date(), elapsed = () => performance.now(), serves = "all", writeLog } = overrides;
  const version = readVersion();
  const telemetry = await startTelemetry(config, version, {
    ...(writeLog === undefined ? {} : { sink: { write: writeLog } }),
    isShared: overrides.joinColleagues !== undefined,
  });
  const { log } = telemetry;
  const life = { hasServed: false, keysChanged: () => {} };
  stopping.addSupply(() => {
    if (life.hasServed) log.write("info", "the server has stopped");
    return telemetry.close();
  });
  const clocks = { now, elapsed, keysChanged: () => life.keysChanged() };
  const parts = await buildPorts({ config, telemetry, clocks }, stopping);
  const endFounding = await foundKeys({ ports: parts, log, now });
  stopping.addSupply(async () => endFounding());
  const chores = startChores({ ports: parts, log, now });
  const ports = { ...parts, events: telling(rousing(parts.events, chores), parts) };
  stopping.addPort(() => chores.close());

  const listen = listenerOf({ config, telemetry, ports, now }, stopping);
  const admitted = admission(ports);
  const rpc = rpcSurface(ports, {
    now,
    ...admitted.calls,
    onInternalError: (error, method) => log.write("error", "internal error", { method, error }),
  });
  const admin = adminSurface(ports, {
    version,
    metrics: readMetrics(telemetry, overrides),
    rest: rpc.routes,
    ...admitted.pages,
  });
  const visitors = publicSurface(ports, clientForm, elapsed);
  life.keysChanged = () => visitors.ready.expire();
  const publicUrl =
    serves === "admin"
      ? ""
      : await listen("public", { routes: visitors.routes, readyBytes: (path) => visitors.ready.answer(path) });
  const adminUrl =
    serves === "public"
      ? ""
      : await listen("admin", {
          routes: admin.routes,
          readyBytes: (path) => admin.ready.answer(path),
          rpc: rpc.handler,
          guard: admitted.guard?.(rpc.takes),
        });
  rpc.setServing(true);
  stopping.addPort(async () => rpc.endHealth());
  stopping.addPort(async (graceMs) => log.write("info", "the server stops", { grace_ms: graceMs }));
  life.hasServed = true;
  return { publicUrl, adminUrl, runChores: () => chores.run() };
}

interface Foundation {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly clocks: Clocks;
}

interface Clocks {
  readonly now: () => Date;
  readonly elapsed: () => number;
  readonly keysChanged: () => void;
}

async function buildPorts({ config, telemetry, clocks }: Foundation, stopping: Stop): Promise<Ports> {
  const keys = subkeys(config["secrets.system"]);
  const bytes = bytePool();
  const sealer = seal(keys, bytes);
  const opened = await openStore({ dsn: config.dsn, seal: sealer, bytes });
  stopping.addSupply(() => opened.close());
  const store = withClientMemory({ ...opened, health: toldHealth(opened.health, telemetry.log) });
  const macs = macSecrets(sealer);
  const ring = keyRing(store.keys, ringOptions(config, clocks));
  const chance = random(bytes);
  const fetcher = outbound({
    allowHttp: config.dev,
    publicOnly: config["clients.http.disallow_private_ip_ranges"],
    exceptions: config["clients.http.private_ip_exception_urls"],
  });
  return {
    config,
    store,
    signer: signer(ring),
    verifier: verifier(ring, clientKeys(fetcher), macs),
    keyMaker: keyMaker(chance),
    secrets: secrets({ subkeys: keys, randomBytes: bytes, macs, tokenPrefix: config["oauth2.token_prefix"] }),
    random: chance,
    deviceMemory: deviceMemory(),
    tokenHooks: tokenHooks(config["oauth2.refresh_token_hook"], config["oauth2.token_hook"]),
    outbound: { ...fetcher, ...identityProvider(providerOf(config)) },
    events: telemetry.events,
    eventFeed: startFeed({ config, store, now: clocks.now, log: telemetry.log }, stopping),
  };
}

function ringOptions(config: Config, { now, elapsed, keysChanged: onChange }: Clocks): KeyRingOptions {
  const shown = config["webfinger.jwks.broadcast_keys"].map(canonicalKeySet);
  return {
    sets: ownKeySets,
    shownSets: [...new Set(shown)].filter((set) => !ownKeySets.includes(set)),
    policyOf: (set) => keyPolicy(set, config),
    stalenessSeconds: keyStalenessSeconds,
    now,
    elapsed,
    onChange,
  };
}

function providerOf(config: Config) {
  return { url: config["urls.identity_provider.url"], headers: config["urls.identity_provider.headers"] };
}

interface Parts {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly ports: Ports;
  readonly now: () => Date;
}

type Surface = Pick<PortOptions, "routes" | "readyBytes" | "rpc" | "guard">;

function listenerOf({ config, telemetry, ports, now }: Parts, stopping: Stop) {
  const { log, metrics, requestLine } = telemetry;
  return async (name: "public" | "admin", surface: Surface): Promise<string> => {
    const tls = tlsOf(config, name);
    const host = config[`serve.${name}.host`];
    const port = await servePort({
      ...surface,
      name,
      host,
      port: config[`serve.${name}.port`],
      socketMode: config[`serve.${name}.socket.mode`],
      tls,
      dev: config.dev,
      ownUrl: config[`urls.self.${name}`],
      cors: cors({ name, config, registeredOrigins: (caller) => registeredOrigins(caller, ports) }),
      isDraining: stopping.hasBegun,
      clock: now,
      newId: () => ports.random.uuid(),
      log: (level, message, fields) => log.write(level, message, fields),
      answered: (request) => {
        metrics.observeRequest(request);
        requestLine[name](request);
      },
    });
    stopping.addPort((graceMs) => port.close(graceMs));
    const reached = host === "0.0.0.0" || host === "::" || host === "" ? "127.0.0.1" : host;
    const url = host.startsWith("unix:") ? host : `${tls === undefined ? "http" : "https"}://${reached}:${port.port}`;
    log.write("info", `serving the ${name} port`, { url });
    return url;
  };
}

/** PEM, from the place the settings name; undefined when the port speaks plainly. */
function tlsOf(config: Config, name: "public" | "admin") {
  if (!config[`serve.${name}.tls.enabled`]) return undefined;
  const read = (part: "key" | "cert"): Buffer => {
    const path = config[`serve.${name}.tls.${part}.path`];
    if (path !== null) return readFileSync(path);
    return Buffer.from(config[`serve.${name}.tls.${part}.base64`] ?? "", "base64");
  };
  return { key: read("key"), cert: read("cert"), clientCa: name === "admin" ? clientCaOf(config) : undefined };
}

function readMetrics({ metrics }: Telemetry, { joinColleagues }: Overrides) {
  const all = joinColleagues?.(() => metrics.page());
  const text = all === undefined ? () => metrics.text() : async () => metrics.textOf(await all());
  return async () => ({ contentType: metrics.contentType, text: await text() });
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
