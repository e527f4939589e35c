import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { lineWriter } from "../../../src/adapters/telemetry/line-writer.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tessera-lines-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function open(path: string, flags: string | number): number {
  const fd = openSync(path, flags);
  onTestFinished(() => closeSync(fd));
  return fd;
}

/** A pipe whose writing end never blocks, as standard error of a container. */
function pipe() {
  const path = join(folder(), "pipe");
  execFileSync("/usr/bin/env", ["mkfifo", path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  return { reader, writer };
}

it("lines are written in order, and flush ends when all of them are", async () => {
  const path = join(folder(), "log");
  const out = lineWriter({ fd: open(path, "w"), mostWaiting: 1e6, onLost: () => expect.unreachable() });
  const lines = Array.from({ length: 5000 }, (_, count) => `line ${count}\n`);
  for (const line of lines) out.write(line);
  await out.flush();
  out.write("last\n");
  await out.flush();
  await out.flush();
  expect(readFileSync(path, "utf8")).toBe(`${lines.join("")}last\n`);
});

it("a reader that is too slow costs lines, each is told, and nobody waits for it", async () => {
  const { reader, writer } = pipe();
  onTestFinished(() => closeSync(reader));
  let lost = 0;
  const out = lineWriter({ fd: writer, mostWaiting: 200_000, onLost: () => (lost += 1) });
  for (let count = 0; count < 4000; count += 1) out.write(`${"x".repeat(99)}\n`);
  expect(lost).toBe(4000 - 2001);
  await out.flush();
  // What was not lost arrives as the reader goes on.
  const chunk = Buffer.alloc(65_536);
  let read = 0;
  while (read < 200_100) {
    await out.flush();
    read += readSync(reader, chunk);
  }
  expect(read).toBe(200_100);
});

it("a reader that is gone costs lines, not the process", async () => {
  const { reader, writer } = pipe();
  closeSync(reader);
  let lost = 0;
  const out = lineWriter({ fd: writer, mostWaiting: 1000, onLost: () => (lost += 1) });
  out.write("x\n");
  await out.flush();
  out.write("y\n");
  await out.flush();
  expect(lost).toBe(2);
});
