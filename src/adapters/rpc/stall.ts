/** Cuts a stream of answers that nobody takes: its place is for who does. */
import { Http2ServerResponse } from "node:http2";
import type { NodeResponse } from "./connect.ts";

const lookMs = 10_000;

/** Node's HTTP/2 has no timeout of its own for what is not taken. */
export function cutStalled(response: NodeResponse, stalledMs = 30_000): void {
  const taking = response instanceof Http2ServerResponse ? response.stream : response;
  let takenAt = performance.now();
  taking.on("drain", () => {
    takenAt = performance.now();
  });
  const timer = setInterval(() => {
    if (!taking.writableNeedDrain) takenAt = performance.now();
    else if (performance.now() - takenAt > stalledMs) taking.destroy();
  }, lookMs).unref();
  response.once("close", () => clearInterval(timer));
}
