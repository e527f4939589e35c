/** What processes cost, as Linux counts it; without /proc nothing is known. */
import { readdirSync, readFileSync } from "node:fs";

export interface Cost {
  /** CPU, user and system, of the process, its children and those that have ended. */
  readonly cpuSeconds: number;
  /** Resident memory of the process and its children. */
  readonly megabytes: number;
}

const ticksPerSecond = 100;

/** Undefined where the system has no /proc. */
export function costOf(pid: number): Cost | undefined {
  const all = readAll();
  const root = all?.get(pid);
  if (all === undefined || root === undefined) return undefined;
  const family = [...all.values()].filter((one) => isBelow(one, pid, all));
  const sum = (member: (one: Stat) => number) => family.reduce((total, one) => total + member(one), 0);
  return { cpuSeconds: sum((one) => one.cpuSeconds), megabytes: sum((one) => residentMegabytes(one.pid)) };
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
}

function readAll(): ReadonlyMap<number, Stat> | undefined {
  let entries: string[];
  try {
    entries = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  return new Map(entries.flatMap((name) => readStat(Number(name)) ?? []).map((stat) => [stat.pid, stat]));
}

/** proc(5): the second field, the name, may hold spaces and parentheses. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { pid, parent: Number(fields[1]), cpuSeconds: ticks / ticksPerSecond };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function isBelow(one: Stat, root: number, all: ReadonlyMap<number, Stat>): boolean {
  for (let at: Stat | undefined = one; at !== undefined; at = all.get(at.parent)) if (at.pid === root) return true;
  return false;
}

function residentMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
