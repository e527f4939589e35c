/** What somebody meant who typed a command that there is none of. */
import type { Command } from "commander";

/** Words that other tools have for ours. */
const synonyms: Readonly<Record<string, string>> = {
  add: "create",
  new: "create",
  make: "create",
  register: "create",
  show: "get",
  read: "get",
  describe: "get",
  edit: "update",
  set: "update",
  change: "update",
  put: "update",
  patch: "update",
  remove: "delete",
  rm: "delete",
  del: "delete",
  destroy: "delete",
  load: "import",
  login: "perform",
  run: "serve",
  server: "serve",
  key: "jwk",
  keys: "jwk",
  cleanup: "janitor",
  clean: "janitor",
};

/** The words of a command that is near enough to what was typed; of two that are, the one that says more. */
export function suggest(program: Command, typed: readonly string[]): string | undefined {
  const variants = variantsOf(typed.slice(0, 3));
  let best: { readonly path: string; readonly score: number } | undefined;
  for (const path of pathsOf(program)) {
    const words = path.split(" ");
    for (const variant of variants) {
      const score = distanceOf(words, variant) - 2 * words.length;
      if (score < (best?.score ?? Number.POSITIVE_INFINITY)) best = { path, score };
    }
  }
  return best?.path;
}

/** Infinite where a word is another word altogether. */
function distanceOf(words: readonly string[], typed: readonly string[]): number {
  return words
    .map((word, at) => {
      const distance = editDistance(typed[at] ?? "", word);
      return distance <= Math.max(1, word.length * 0.4) ? distance : Number.POSITIVE_INFINITY;
    })
    .reduce((sum, distance) => sum + distance, 0);
}

/** As typed, with our own words for others', and noun before verb. */
function variantsOf(typed: readonly string[]): readonly (readonly string[])[] {
  const ours = typed.map((word) => (Object.hasOwn(synonyms, word) ? (synonyms[word] ?? word) : word));
  const swapped = ([first, second, ...rest]: readonly string[]) =>
    first === undefined || second === undefined ? [] : [second, first, ...rest];
  return [typed, ours, swapped(typed), swapped(ours)].filter((words) => words.length > 0);
}

/** Every command, by each of its names. */
function pathsOf(command: Command): readonly string[] {
  return command.commands.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) => [name, ...pathsOf(child).map((rest) => `${name} ${rest}`)]),
  );
}

/** Insertions, deletions, replacements, and two letters swapped. */
function editDistance(a: string, b: string): number {
  let [beforeLast, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
