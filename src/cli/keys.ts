/** `create`, `get`, `delete` and `import` of JSON Web Keys. */
import type { Command } from "commander";
import { isJsonObject, type JsonObject } from "../protocol/json.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { CommandFailure } from "./failure.ts";
import { readKeyFile } from "./key-files.ts";
import { type Item, renderData, renderItem, renderPage } from "./output.ts";

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
      print(renderKeys(set, answer.keys, flags));
    });

  noun(verbs.get, "<set...>", "show the keys of sets")
    .option(...publicOnly, false)
    .action(async (sets: readonly string[], flags: KeyFlags) => {
      const { keys } = adminClients(flags);
      for (const set of sets) print(renderKeys(set, (await answerOf(keys.getKeySet({ set }))).keys, flags));
    });

  noun(verbs.delete, "<set...>", "delete sets of keys").action(async (sets: readonly string[], flags: ClientFlags) => {
    const { keys } = adminClients(flags);
    for (const set of sets) {
      await answerOf(keys.deleteKeySet({ set }));
      print(`${set}\n`);
    }
  });

  noun(verbs.import, "<set> [file...]", "import keys: JSON Web Keys and sets of them, PEM or DER; - is standard input")
    .option("--alg <algorithm>", "what keys that do not say so are for", "")
    .option("--use <use>", "sig or enc, for keys that do not say so", "sig")
    .action(async (set: string, paths: readonly string[], flags: KeyFlags) => {
      const found = (await Promise.all((paths.length === 0 ? ["-"] : paths).map(readKeyFile))).flat();
      const { keys } = adminClients(flags);
      const written: JsonObject[] = [];
      for (const key of found.map((one) => named(one, flags))) {
        const answer = await answerOf(keys.replaceKey({ set, kid: key.kid, key }));
        written.push(answer.key ?? {});
      }
      print(renderKeys(set, written, flags));
    });
}

function named(key: JsonObject, { alg, use }: KeyFlags): JsonObject & { readonly kid: string } {
  const kid = typeof key.kid === "string" && key.kid !== "" ? key.kid : crypto.randomUUID();
  return { use, ...(alg === "" ? {} : { alg }), ...key, kid };
}

/** As Hydra prints them: one key alone is no list. */
function renderKeys(set: string, keys: readonly unknown[], flags: ClientFlags & { readonly public?: boolean }): string {
  const items = keys.filter(isJsonObject).map((key) => toItem(set, flags.public === true ? publicHalf(key) : key));
  const [first] = items;
  if (first === undefined) throw new CommandFailure("The server's answer has no key in it.");
  if (items.length === 1) return renderItem(first, flags);
  if (flags.quiet || flags.format === "table") return renderPage({ items, nextPageToken: "" }, flags);
  return renderData({ set, keys: items.map(({ json }) => json) }, flags.format);
}

function toItem(set: string, key: JsonObject): Item {
  const text = (name: string) => (typeof key[name] === "string" ? key[name] : "");
  const cells = { "SET ID": set, "KEY ID": text("kid"), ALGORITHM: text("alg"), USE: text("use") };
  return { id: text("kid"), cells, json: key };
}

/** Without the members that only private and symmetric keys have (RFC 7518 §6). */
function publicHalf({
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
