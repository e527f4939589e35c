/** The parts list: from the settings to the ports, from the ports to the listeners. */
import { readFileSync } from "node:fs";
import { withClientMemory } from "./adapters/client-memory.ts";
import { adminSurface, publicSurface } from "./adapters/http/routes.ts";
import { type PortOptions, servePort } from "./adapters/http/serve.ts";
import { clientKeys } from "./adapters/keys/client-keys.ts";
import { keyMaker } from "./adapters/keys/generate.ts";
import { keyRing } from "./adapters/keys/key-ring.ts";
import { bytePool, random } from "./adapters/keys/random.ts";
import { seal } from "./adapters/keys/seal.ts";
import { secrets } from "./adapters/keys/secrets.ts";
import { signer } from "./adapters/keys/signer.ts";
import { subkeys } from "./adapters/keys/subkeys.ts";
import { verifier } from "./adapters/keys/verifier.ts";
import { applyPending, migrationVersions } from "./adapters/migrate.ts";
import { outbound } from "./adapters/outbound/fetch.ts";
import { rpcSurface } from "./adapters/rpc/services.ts";
import { startTelemetry, type Telemetry } from "./adapters/telemetry/start.ts";
import type { Config } from "./config/settings.ts";
import { foundKeySets } from "./operations/keys/key-sets.ts";
import type { Ports } from "./ports/ports.ts";
import type { Store } from "./ports/store.ts";
import { accessTokenKeySet, idTokenKeySet } from "./protocol/names.ts";

export interface Overrides {
  /** The clock that dates every request. */
  readonly now?: () => Date;
  /** Which of the two ports to serve; both unless said. */
  readonly serves?: "all" | "public" | "admin";
  /** Takes the lines of the log instead of standard error. */
  readonly writeLog?: (line: string) => void;
}

export interface RunningServer {
  /** Where the ports really listen; "" for one that is not served. */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Lets running requests finish; what is left after `graceMs` is cut. */
  close(graceMs?: number): Promise<void>;
}

/** What has been started, the last first to be closed. */
type Closers = Array<(graceMs: number) => Promise<void>>;

const defaultGraceMs = 10_000;
/** A change of the signing keys is seen by every process after so many seconds. */
const keyStalenessSeconds = 60;

/** Throws, with everything closed again, when the server can not start. */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const closers: Closers = [];
  const life = { isEnding: false };
  const close = async (graceMs = defaultGraceMs): Promise<void> => {
    // Both ports say at once that they are not ready; each then drains in its turn.
    life.isEnding = true;
    for (const one of closers.splice(0).reverse()) await one(graceMs);
  };
  try {
    return { ...(await startParts(config, { ...overrides, isDraining: () => life.isEnding }, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(config: Config, overrides: Overrides & Draining, closers: Closers) {
  const { now = () => new Date(), serves = "all", writeLog, isDraining } = overrides;
  const version = readVersion();
  const telemetry = await startTelemetry(config, version, writeLog === undefined ? undefined : { write: writeLog });
  closers.push(() => telemetry.close());
  const ports = await buildPorts(config, telemetry, closers);
  await foundKeys(now(), ports, telemetry);

  const listen = listenerOf({ config, telemetry, ports, now, isDraining }, closers);
  const rpc = rpcSurface(ports, {
    now,
    onInternalError: (error, method) => telemetry.log.write("error", "internal error", { method, error }),
  });
  const admin = adminSurface(ports, { version, metrics: readMetrics(telemetry), rest: rpc.routes });
  const visitors = publicSurface(ports);
  const publicUrl =
    serves === "admin" ? "" : await listen("public", { routes: visitors.routes, readyBytes: visitors.ready.answer });
  const adminUrl =
    serves === "public"
      ? ""
      : await listen("admin", { routes: admin.routes, readyBytes: admin.ready.answer, rpc: rpc.handler });
  rpc.setServing(true);
  closers.push(async () => rpc.setServing(false));
  return { publicUrl, adminUrl };
}

async function buildPorts(config: Config, telemetry: Telemetry, closers: Closers): Promise<Ports> {
  const keys = subkeys(config["secrets.system"]);
  const bytes = bytePool();
  const store = withClientMemory(await openStore(config, seal(keys, bytes), bytes));
  closers.push(() => store.close());
  const sets = [idTokenKeySet, accessTokenKeySet];
  const ring = keyRing(store.keys, { sets, stalenessSeconds: keyStalenessSeconds });
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
    verifier: verifier(ring, clientKeys(fetcher)),
    keyMaker: keyMaker(chance),
    secrets: secrets({ subkeys: keys, randomBytes: bytes, tokenPrefix: config["oauth2.token_prefix"] }),
    random: chance,
    outbound: fetcher,
    events: telemetry.events,
  };
}

type Sealer = ReturnType<typeof seal>;

/** Only the database that is used is loaded. */
async function openStore({ dsn }: Config, sealer: Sealer, bytes: ReturnType<typeof bytePool>): Promise<Store> {
  if (/^(?:postgres(?:ql)?|cockroach):/.test(dsn)) {
    const { openPostgresStore } = await import("./adapters/postgres/store.ts");
    const migrations = await migrationVersions("postgres");
    return openPostgresStore({ dsn, seal: sealer, random: () => bytes(16), migrations });
  }
  const { openSqliteStore } = await import("./adapters/sqlite/store.ts");
  const { parseSqliteDsn } = await import("./adapters/sqlite/dsn.ts");
  const migrations = { versions: await migrationVersions("sqlite"), apply: applyPending };
  return openSqliteStore({ ...parseSqliteDsn(dsn), seal: sealer, migrations });
}

/** A server whose database is away or not migrated starts all the same: it is not ready, and says why. */
async function foundKeys(now: Date, ports: Ports, { log }: Telemetry): Promise<void> {
  try {
    await foundKeySets(now, ports);
  } catch (error) {
    log.write("error", "the signing keys could not be read or made; the server is not ready", { error });
  }
}

interface Draining {
  readonly isDraining: () => boolean;
}

interface Parts extends Draining {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly ports: Ports;
  readonly now: () => Date;
}

type Surface = Pick<PortOptions, "routes" | "readyBytes" | "rpc">;

function listenerOf({ config, telemetry, ports, now, isDraining }: Parts, closers: Closers) {
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
      clock: now,
      isDraining,
      newId: ports.random.uuid,
      log: (level, message, fields) => log.write(level, message, fields),
      answered: (request) => {
        metrics.observeRequest(request);
        requestLine[name](request);
      },
    });
    closers.push((graceMs) => port.close(graceMs));
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
  return { key: read("key"), cert: read("cert") };
}

function readMetrics({ metrics }: Telemetry) {
  return async () => ({ contentType: metrics.contentType, text: await metrics.text() });
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
