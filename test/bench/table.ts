/** The figures as a table. */
import type { Measured } from "./load.ts";

export interface Row extends Measured {
  readonly database: string;
  readonly scenario: string;
  /** HTTP requests a second as a part of the bare route's; null for the bare routes. */
  readonly ofBare: number | null;
}

export interface Report {
  readonly machine: string;
  readonly rows: readonly Row[];
  readonly starts: readonly Start[];
}

export interface Start {
  readonly database: string;
  /** With an empty database, and again with the one that the bench has filled. */
  readonly firstReadyMs: number;
  readonly readyMs: number;
  readonly megabytesAtStart: number | null;
  readonly megabytesAfterwards: number | null;
}

const columns = ["database", "scenario", "op/s", "of bare", "p50 ms", "p99 ms", "server us", "database us", "MB"];

export function printReport({ machine, rows, starts }: Report): string {
  const lines = [columns, ...rows.map(cells)];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const print = (line: readonly string[]) =>
    line.map((cell, index) => (index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)));
  const table = lines.map((line) => `${print(line).join("  ").trimEnd()}\n`).join("");
  return `${machine}\n\n${table}\n${starts.map(printStart).join("")}`;
}

function cells(row: Row): string[] {
  return [
    row.database,
    row.scenario,
    row.operationsPerSecond.toFixed(0),
    row.ofBare === null ? "" : `${(row.ofBare * 100).toFixed(0)} %`,
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    known(row.serverMicros),
    known(row.databaseMicros),
    known(row.serverMegabytes),
  ];
}

function printStart({ database, firstReadyMs, readyMs, megabytesAtStart, megabytesAfterwards }: Start): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const memory = `${known(megabytesAtStart)} MB then, ${known(megabytesAfterwards)} MB after the last scenario`;
  return `${database}: ready after ${seconds(readyMs)} (${seconds(firstReadyMs)} with an empty database), ${memory}\n`;
}

function known(value: number | null): string {
  return value === null ? "-" : value.toFixed(0);
}
