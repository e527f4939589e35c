/** Writes an answer that comes in parts, as fast as it is taken and no faster. */
import type { ServerResponse } from "node:http";
import type { ReplyStream } from "./message.ts";
import type { Visit } from "./visit.ts";

/** Who takes nothing for so long is gone, or might as well be. */
const stalledMs = 30_000;

export async function pour({ parts, stop }: ReplyStream, response: ServerResponse, visit: Visit): Promise<void> {
  visit.unbound();
  response.once("close", stop);
  response.once("error", stop);
  if (response.destroyed) stop();
  try {
    for await (const part of parts) {
      if (response.destroyed) return;
      visit.responseBytes += Buffer.byteLength(part);
      if (!response.write(part)) await taken(response);
    }
    response.end();
  } catch {
    response.destroy();
  } finally {
    stop();
  }
}

function taken(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), stalledMs);
    const go = () => {
      clearTimeout(timer);
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.once("drain", go);
    response.once("close", go);
  });
}
