/** Documents that are the same for everybody, kept as the very bytes of their answers. */
import { digest } from "../../protocol/digest.ts";
import type { HttpReply, Route } from "./message.ts";

export interface ReadyPage {
  readonly path: string;
  readonly load: () => Promise<HttpReply> | HttpReply;
  /** How old the bytes may be before they are made anew. */
  readonly freshSeconds: number;
  /** How much longer they answer while new ones are made; above 0 they also answer when none can be made. */
  readonly staleSeconds: number;
}

export interface ReadyBytes {
  /** Answers a GET or HEAD at once, or says nothing: then the route makes the document. */
  answer(path: string): HttpReply | undefined;
  readonly routes: readonly Route[];
  /** The keys have changed: nothing old is served any more. */
  expire(): void;
}

interface Cell {
  read(): HttpReply | undefined;
  readonly make: () => Promise<HttpReply>;
  expire(): void;
}

export function readyBytes(pages: readonly ReadyPage[], elapsed = () => performance.now()): ReadyBytes {
  const cells = new Map(pages.map((page) => [page.path, cellOf(page, elapsed)]));
  return {
    answer: (path) => cells.get(path)?.read(),
    routes: [...cells].flatMap(([path, { make }]) =>
      ["GET", "HEAD"].map((method) => ({ method, path, endpoint: make })),
    ),
    expire() {
      for (const cell of cells.values()) cell.expire();
    },
  };
}

function cellOf({ load, freshSeconds, staleSeconds }: ReadyPage, elapsed: () => number): Cell {
  let bytes: HttpReply | undefined;
  let madeAt = 0;
  let making: Promise<HttpReply> | undefined;
  let generation = 0;
  const run = async (): Promise<HttpReply> => {
    const started = generation;
    const made = withValidator(await load());
    if (started === generation) {
      bytes = made;
      madeAt = elapsed();
    }
    return made;
  };
  // Whoever asks while it is being made gets the same.
  const makeOnce = (): Promise<HttpReply> => {
    making ??= run().finally(() => {
      making = undefined;
    });
    return making;
  };
  const make = async (): Promise<HttpReply> => {
    try {
      return await makeOnce();
    } catch (error) {
      if (bytes !== undefined && staleSeconds > 0) return bytes;
      throw error;
    }
  };
  return {
    make,
    read() {
      const age = (elapsed() - madeAt) / 1000;
      if (bytes === undefined || age <= freshSeconds) return bytes;
      if (age > freshSeconds + staleSeconds) return undefined;
      make().catch(() => undefined);
      return bytes;
    },
    expire() {
      generation += 1;
      bytes = undefined;
      making = undefined;
    },
  };
}

/** RFC 9110 §13.1.2: who has these very bytes already gets none. */
export function revalidate(reply: HttpReply, ifNoneMatch: string | undefined): HttpReply {
  const etag = reply.headers.etag;
  if (ifNoneMatch === undefined || typeof etag !== "string") return reply;
  const known = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (!known.includes(etag) && ifNoneMatch.trim() !== "*") return reply;
  const { "content-type": _, ...headers } = reply.headers;
  return { status: 304, headers, body: "" };
}

/** RFC 9110 §8.8.3: documents that may be kept get a validator. */
function withValidator(reply: HttpReply): HttpReply {
  // Text and not bytes: Node sends head and body at once then, which halves what such an answer costs.
  const body = typeof reply.body === "string" ? reply.body : Buffer.from(reply.body).toString();
  const isCacheable = reply.headers["cache-control"]?.toString().startsWith("public") === true;
  const etag = isCacheable ? { etag: `"${digest(body)}"` } : {};
  return { status: reply.status, headers: { ...reply.headers, ...etag }, body };
}
