/** The walls of the house: which room may import which, and where the few things stand that have one room only. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

interface Source {
  readonly file: string;
  readonly text: string;
  /** Files of the project, relative to the root. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

/** Rooms, the most particular first: what a file below the prefix may import besides its own room. */
const rooms: ReadonlyArray<readonly [prefix: string, mayImport: readonly string[]]> = [
  ["src/protocol/", []],
  ["src/config/", ["src/protocol/"]],
  ["src/ports/", ["src/protocol/", "src/config/"]],
  ["src/operations/", ["src/ports/", "src/protocol/", "src/config/settings"]],
  [
    "src/adapters/http/",
    ["src/operations/", "src/ports/", "src/protocol/", "src/config/settings", "src/adapters/telemetry/"],
  ],
  [
    "src/adapters/rpc/",
    [
      "src/operations/",
      "src/ports/",
      "src/protocol/",
      "src/config/settings",
      "src/gen/",
      "src/adapters/telemetry/span",
      "src/adapters/http/message",
      "src/adapters/http/errors",
    ],
  ],
  ["src/adapters/telemetry/", ["src/ports/", "src/protocol/", "src/config/settings"]],
  ...["postgres", "sqlite", "keys", "outbound"].map((room): [string, string[]] => [
    `src/adapters/${room}/`,
    [
      "src/ports/",
      "src/protocol/",
      "src/config/settings",
      "src/adapters/telemetry/span",
      "src/adapters/migration-files",
    ],
  ]),
  [
    "src/adapters/migrat",
    [
      "src/ports/",
      "src/protocol/",
      "src/adapters/migrat",
      "src/adapters/postgres/database",
      "src/adapters/sqlite/database",
    ],
  ],
  ["src/adapters/chores/", ["src/ports/", "src/protocol/", "src/adapters/telemetry/span"]],
  ["src/adapters/events/", ["src/ports/", "src/protocol/"]],
  ["src/adapters/client-memory", ["src/ports/", "src/protocol/"]],
  ["src/adapters/device-memory", ["src/ports/", "src/protocol/"]],
  [
    "src/import/",
    [
      "src/ports/",
      "src/protocol/",
      "src/adapters/postgres/database",
      "src/adapters/postgres/arguments",
      "src/adapters/sqlite/dsn",
      "src/adapters/keys/secret-hash",
    ],
  ],
  ["src/ui/", ["src/gen/"]],
  ["src/gen/", []],
  [
    "src/server",
    ["src/config/", "src/ports/", "src/protocol/", "src/operations/", "src/adapters/", "src/import/", "src/ui/"],
  ],
  ["src/workers", []],
  [
    "src/cli/",
    [
      "src/server",
      "src/workers",
      "src/config/",
      "src/adapters/migrate",
      "src/adapters/rpc/rest/print",
      "src/adapters/rpc/client-message",
      "src/adapters/rpc/validity",
      "src/gen/",
      "src/ui/",
      "src/protocol/",
    ],
  ],
  ["src/main", ["src/cli/"]],
  ["src/launch", ["src/main"]],
];

/** Things that have one room each: the clock, chance, the environment, the console, the network, SQL. */
const singular: ReadonlyArray<readonly [what: string, pattern: RegExp, rooms: readonly string[]]> = [
  ["the wall clock", /new Date\(\)|Date\.now\(/, ["src/server", "src/cli/", "src/ui/"]],
  [
    "chance",
    /\brandomBytes\(|\brandomUUID\(|Math\.random\(/,
    ["src/adapters/keys/", "src/adapters/http/request-id", "src/ui/", "src/cli/"],
  ],
  ["the environment", /process\.env\b/, ["src/config/load", "src/launch"]],
  ["the console", /\bconsole\./, ["src/launch"]],
  ["fetch", /(?<![\w.])fetch\(/, ["src/adapters/outbound/", "src/cli/"]],
  [
    "SQL drivers",
    /from "(?:postgres|node:sqlite)"/,
    ["src/adapters/postgres/database", "src/adapters/sqlite/database", "src/import/hydra/sqlite"],
  ],
  ["jose", /from "jose"/, ["src/adapters/keys/"]],
];

const sources = readSources(join(root, "src"));

describe("architecture", () => {
  test("every file of src has a room", () => {
    expect(sources.filter(({ file }) => roomOf(file) === undefined).map(({ file }) => file)).toEqual([]);
  });

  test("a room imports only what its room may", () => {
    const broken = sources.flatMap(({ file, imports }) =>
      imports.filter((target) => !mayImport(file, target)).map((target) => `${file} must not import ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("the rules on the ground floor use no package and no Node but hashing", () => {
    const broken = sources
      .filter(({ file }) => /^src\/(protocol|ports|operations)\//.test(file))
      .flatMap(({ file, packages }) => packages.map((name) => `${file} imports ${name}`))
      .filter((line) => line !== "src/protocol/digest.ts imports node:crypto");
    expect(broken).toEqual([]);
  });

  test("ports hold no line that runs", () => {
    const running = sources.filter(
      ({ file, text }) => file.startsWith("src/ports/") && /^\s*(const|let|function|class)\b/m.test(text),
    );
    expect(running.map(({ file }) => file)).toEqual([]);
  });

  test("there are no circles, type imports included", () => {
    expect(findCircle()).toEqual([]);
  });

  test.each(singular)("%s is used in its one room only", (_what, pattern, allowed) => {
    const strays = sources.filter(
      ({ file, text }) => pattern.test(withoutComments(text)) && !allowed.some((room) => file.startsWith(room)),
    );
    expect(strays.map(({ file }) => file)).toEqual([]);
  });

  test("no default exports, enums, namespaces, `any` or barrels", () => {
    const patterns =
      /^export default|^(?:export )?(?:const )?enum |^(?:export )?namespace |:\s*any\s*[;,)=\]>|{]|<any>|as any\b|^export \* from/m;
    const broken = sources.filter(({ file, text }) => file.endsWith(".ts") && patterns.test(withoutComments(text)));
    expect(broken.map(({ file }) => file)).toEqual([]);
  });

  test("no file is longer than one idea takes", () => {
    const long = sources.filter(({ text }) => text.split("\n").length > 260);
    expect(long.map(({ file }) => file)).toEqual([]);
  });

  test("names say something", () => {
    const vague = /(^|\/)(helpers?|utils?|common|shared|lib|misc|manager|base)(\/|\.[a-z]+$)/;
    expect(sources.filter(({ file }) => vague.test(file)).map(({ file }) => file)).toEqual([]);
  });
});

function readSources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("src/gen/"))
    .map(readSource);
}

function readSource(file: string): Source {
  const text = readFileSync(join(root, file), "utf8");
  const targets = [
    ...text.matchAll(/(?:^import\s(?:[^"]*\sfrom\s)?|^export\s[^"=]*\sfrom\s|\bimport\()"([^"]+)"/gm),
  ].map((match) => match[1] ?? "");
  const own = targets.filter((target) => target.startsWith("."));
  return {
    file,
    text,
    imports: own.map((target) => relative(root, join(root, dirname(file), target))),
    packages: targets.filter((target) => !target.startsWith(".")),
  };
}

function roomOf(file: string) {
  return rooms.find(([prefix]) => file.startsWith(prefix));
}

function mayImport(file: string, target: string): boolean {
  const room = roomOf(file);
  if (room === undefined) return false;
  return target.startsWith(room[0]) || room[1].some((prefix) => target.startsWith(prefix));
}

function findCircle(): string[] {
  const byFile = new Map(sources.map((source) => [source.file, source.imports]));
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of byFile.get(file) ?? []) {
      const circle = visit(target, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of byFile.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}
