/**
 * Writes lines to a descriptor beside the event loop. Not pino's own SonicBoom: once the reader of a pipe is gone, its
 * `flushSync` tries again for ever, and the process never ends.
 */
import { write } from "node:fs";

/** Text, or how it is made: many lines one after the other are made at a third of the cost, and in nobody's request. */
export type Line = string | (() => string);

export interface LineWriter {
  write(line: Line): void;
  /** Ends when everything is written, or when the reader has been waited for long enough. */
  flush(): Promise<void>;
}

export interface LineWriterOptions {
  readonly fd: number;
  /** Lines that come while so many characters wait are lost; a line that is not made yet counts as 512. */
  readonly mostWaiting: number;
  /** Characters of whole lines that are written in one piece; where others write too, no more than a pipe keeps together. */
  readonly atOnce?: number | undefined;
  /** Told of each lost line, and of each piece of text that could not be written. */
  readonly onLost: () => void;
}

/** Lines of so long a time are written at once: one write a turn of the event loop took a twelfth of a busy server's CPU. */
const gatherMs = 5;
const unmadeLength = 512;
/** Of the usual few milliseconds, whatever characters are in them. */
const keptBytes = 128 * 1024;
const retryMs = 20;
const flushMs = 500;

export function lineWriter({ fd, mostWaiting, atOnce = Infinity, onLost }: LineWriterOptions): LineWriter {
  let waiting: Line[] = [];
  let waitingLength = 0;
  let pieces: string[] = [];
  let writing = false;
  let gathering: NodeJS.Timeout | undefined;
  const whenDone: Array<() => void> = [];

  // Kept: a new buffer for each piece was memory that only a collection of everything gives back.
  const kept = Buffer.alloc(keptBytes);
  const encoded = (text: string): Buffer =>
    text.length * 3 <= kept.length ? kept.subarray(0, kept.write(text)) : Buffer.from(text);

  /** One piece at a time: what was said in a few milliseconds. */
  function next(): void {
    gathering = undefined;
    if (pieces.length === 0) {
      pieces = inPieces(waiting.map(textOf), atOnce);
      [waiting, waitingLength] = [[], 0];
    }
    const piece = pieces.shift();
    if (piece !== undefined) {
      put(encoded(piece));
      return;
    }
    writing = false;
    for (const done of whenDone.splice(0)) done();
  }

  function put(piece: Buffer): void {
    write(fd, piece, (error, count) => {
      if (isFull(error)) setTimeout(put, retryMs, piece).unref();
      else if (error === null && count < piece.length) put(piece.subarray(count));
      else {
        if (error !== null) onLost();
        // Whoever waits for the end is not kept; else more is gathered first.
        if (pieces.length > 0 || waiting.length === 0 || whenDone.length > 0) next();
        else gathering = setTimeout(next, gatherMs);
      }
    });
  }

  return {
    write(line) {
      if (waitingLength > mostWaiting) {
        onLost();
        return;
      }
      waiting.push(line);
      waitingLength += typeof line === "string" ? line.length : unmadeLength;
      if (!writing) gathering = setTimeout(next, gatherMs);
      writing = true;
    },
    async flush() {
      if (!writing) return;
      if (gathering !== undefined) {
        clearTimeout(gathering);
        next();
      }
      const done = Promise.withResolvers<void>();
      whenDone.push(done.resolve);
      const patience = setTimeout(done.resolve, flushMs);
      await done.promise;
      clearTimeout(patience);
    },
  };
}

function inPieces(lines: readonly string[], atOnce: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const line of lines) {
    if (piece !== "" && piece.length + line.length > atOnce) {
      pieces.push(piece);
      piece = "";
    }
    piece += line;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

export function textOf(line: Line): string {
  return typeof line === "string" ? line : line();
}

function isFull(error: NodeJS.ErrnoException | null): boolean {
  return error?.code === "EAGAIN" || error?.code === "EBUSY";
}
