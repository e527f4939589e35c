/** The options of `npm run bench`. */
import { parseArgs } from "node:util";
import { scenarios } from "./scenarios.ts";

const databases = ["sqlite", "postgres"] as const;

export type Database = (typeof databases)[number];

export interface Options {
  readonly only: readonly string[];
  readonly databases: readonly Database[];
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly json: boolean;
}

export const usage = `npm run bench -- [options]

  --only NAMES         some of ${scenarios.map(({ name }) => name).join(",")}
  --database NAME      sqlite or postgres; both unless said
  --seconds N          how long each scenario is measured in each round (2)
  --rounds N           how often; a figure is the median of the rounds (3)
  --connections N      as many requests are under way at once (32)
  --json               one JSON document instead of the table
`;

/** Throws what is wrong, in words. */
export function readOptions(args: readonly string[]): Options | "help" {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: text,
      database: text,
      seconds: text,
      rounds: text,
      connections: text,
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  return {
    only: namesOf(values.only),
    databases: databasesOf(values.database),
    seconds: amount("seconds", values.seconds, 2, 600),
    rounds: amount("rounds", values.rounds, 3, 100),
    connections: amount("connections", values.connections, 32, 1000),
    json: values.json === true,
  };
}

function namesOf(text: string | undefined): readonly string[] {
  const known = scenarios.map(({ name }) => name);
  const names = text === undefined ? known : text.split(",");
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no '${unknown}', only ${known.join(", ")}`);
  return names;
}

function databasesOf(text: string | undefined): readonly Database[] {
  if (text === undefined) return databases;
  const named = databases.filter((name) => name === text);
  if (named.length === 0) throw new Error(`--database: expected ${databases.join(" or ")}, not '${text}'`);
  return named;
}

function amount(name: string, text: string | undefined, fallback: number, most: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0 && value <= most)) throw new Error(`--${name}: expected a number up to ${most}, not '${text}'`);
  return value;
}
