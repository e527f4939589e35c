/** Shows how far long work is, in one line on a terminal; nothing where nobody looks. */

/** What of standard error it needs. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** So much of it is done. */
  reach(done: number): void;
  /** Clears the line, so that what was found stands alone. */
  end(): void;
}

interface Work {
  readonly label: string;
  readonly total: number;
}

const widest = 40;
/** Drawn no more often than an eye follows. */
const everyMs = 100;

export function startProgress({ label, total }: Work, terminal: Terminal = process.stderr): Progress {
  if (terminal.isTTY !== true) return { reach: () => undefined, end: () => undefined };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    reach(done) {
      if (done < total && performance.now() - drawnAt < everyMs) return;
      drawnAt = performance.now();
      terminal.write(`\r\u001b[K${bar({ label, total, done, columns: terminal.columns ?? 80 })}`);
    },
    end: () => void terminal.write("\r\u001b[K"),
  };
}

/** One column stays free: a full line would wrap. */
export function bar({
  label,
  total,
  done,
  columns,
}: Work & { readonly done: number; readonly columns: number }): string {
  const count = `${String(done).padStart(String(total).length)}/${total}`;
  const width = Math.min(columns - label.length - count.length - 5, widest);
  if (width < 5) return `${label} ${count}`;
  const filled = total === 0 ? width : Math.floor((Math.min(done, total) / total) * width);
  return `${label} [${"#".repeat(filled)}${".".repeat(width - filled)}] ${count}`;
}
