/** `create`, `get`, `delete` and `import` of JSON Web Keys. */
import type { Command } from "commander";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";
import { CommandFailure } from "./failure.ts";
import { renderData } from "./format.ts";
import { readKeyFile } from "./key-files.ts";
import { type Item, type OutputOptions, renderColumns, renderItem, tableOf } from "./output.ts";

/** The verbs under which other nouns stand too. */
export interface KeyVerbs {
  readonly create: Command;
  readonly get: Command;
  readonly delete: Command;
  readonly import: Command;
}

interface KeyFlags extends ClientFlags {
  readonly public: boolean;
  readonly alg: string;
  readonly use: string;
  readonly dryRun: boolean;
}

/** A key, and the set that it is in. */
interface PlacedKey {
  readonly set: string;
  readonly key: JsonObject;
}

type Print = (text: string) => void;

export function addKeys(verbs: KeyVerbs, print: Print): void {
  const noun = (verb: Command, usage: string, description: string) =>
    addClientFlags(verb.command(`jwk ${usage}`).alias("jwks").description(description), "admin");
  const publicOnly = ["--public", "show public members only"] as const;

  noun(verbs.create, "<set> [kid]", "make a key in a set")
    .option("--alg <algorithm>", "RS256 to RS512, PS256 to PS512, ES256 to ES512, or EdDSA", "RS256")
    .option("--use <use>", "sig or enc", "sig")
    .option(...publicOnly, false)
    .action(async (set: string, kid: string | undefined, flags: KeyFlags) => {
      const { alg, use } = flags;
      const answer = await answerOf(adminClients(flags).keys.createKeySet({ set, alg, use, kid: kid ?? "" }));
      print(renderKeys(placed(set, answer.keys), flags));
    });

  noun(verbs.get, "<set...>", "show the keys of sets")
    .option(...publicOnly, false)
    .action(async (sets: readonly string[], flags: KeyFlags) => {
      const { keys } = adminClients(flags);
      const found: PlacedKey[] = [];
      for (const set of sets) found.push(...placed(set, (await answerOf(keys.getKeySet({ set }))).keys));
      const [only] = found;
      // As Hydra prints it: one key alone is no list.
      print(
        found.length === 1 && only !== undefined ? renderItem(toItem(only, flags), flags) : renderKeys(found, flags),
      );
    });

  addDryRun(noun(verbs.delete, "<set...>", "delete sets of keys")).action(
    (ids: readonly string[], flags: ClientFlags & DeletionFlags) => {
      const { keys } = adminClients(flags);
      const look = (set: string) => answerOf(keys.getKeySet({ set }));
      const remove = (set: string) => answerOf(keys.deleteKeySet({ set }));
      return deleteEach({ ids, flags, look, remove }, print);
    },
  );

  noun(verbs.import, "<set> [file...]", "import keys: JSON Web Keys and sets of them, PEM or DER; - is standard input")
    .option("--alg <algorithm>", "what keys that do not say so are for", "")
    .option("--use <use>", "sig or enc, for keys that do not say so", "sig")
    .option("--dry-run", "only show what would be imported", false)
    .action(async (set: string, paths: readonly string[], flags: KeyFlags) => {
      const read = (await Promise.all((paths.length === 0 ? ["-"] : paths).map(readKeyFile))).flat();
      await importKeys({ set, read: read.map((key) => named(key, flags)), flags }, print);
    });
}

interface KeyImport {
  readonly set: string;
  readonly read: ReadonlyArray<NamedKey>;
  readonly flags: KeyFlags;
}

/** One that is refused keeps none of the others. */
async function importKeys({ set, read, flags }: KeyImport, print: Print): Promise<void> {
  const { keys } = adminClients(flags);
  if (flags.dryRun) return print(renderKeys(placed(set, read), { ...flags, public: true }));
  const written: PlacedKey[] = [];
  const reasons: string[] = [];
  for (const key of read) {
    try {
      written.push(...placed(set, [(await answerOf(keys.replaceKey({ set, kid: key.kid, key }))).key]));
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      reasons.push(error.message, `${key.kid}: not imported`);
    }
  }
  if (written.length > 0) print(renderKeys(written, flags));
  if (reasons.length > 0) throw new CommandFailure(reasons);
}

type NamedKey = JsonObject & { readonly kid: string };

function named({ set: _set, ...key }: JsonObject, { alg, use }: KeyFlags): NamedKey {
  const kid = typeof key.kid === "string" && key.kid !== "" ? key.kid : crypto.randomUUID();
  return { use, ...(alg === "" ? {} : { alg }), ...key, kid };
}

function placed(set: string, keys: readonly unknown[]): PlacedKey[] {
  return keys.filter(isJsonObject).map((key) => ({ set, key }));
}

interface KeyOutput extends OutputOptions {
  readonly public?: boolean;
}

/** As Hydra prints them: the set is named for all, where it is one. */
function renderKeys(keys: readonly PlacedKey[], flags: KeyOutput): string {
  const items = keys.map((key) => toItem(key, flags));
  if (items.length === 0) throw new CommandFailure("The server's answer has no key in it.");
  if (flags.quiet) return items.map(({ id }) => `${id}\n`).join("");
  if (flags.format === "table") return renderColumns(tableOf(items));
  const sets = [...new Set(keys.map(({ set }) => set))];
  return renderData(
    { ...(sets.length === 1 ? { set: sets[0] } : {}), keys: items.map(({ json }) => json) },
    flags.format,
  );
}

function toItem({ set, key: whole }: PlacedKey, flags: KeyOutput): Item {
  const key = flags.public === true ? publicHalf(whole) : whole;
  const text = (name: string) => (typeof key[name] === "string" ? key[name] : "");
  const cells = { "SET ID": set, "KEY ID": text("kid"), ALGORITHM: text("alg"), USE: text("use") };
  return { id: text("kid"), cells, json: { ...key, set } };
}

/** Without the members that only private and symmetric keys have (RFC 7518 §6). */
export function publicHalf({
  d: _d,
  p: _p,
  q: _q,
  dp: _dp,
  dq: _dq,
  qi: _qi,
  oth: _oth,
  k: _k,
  ...rest
}: JsonObject): JsonObject {
  return rest;
}
