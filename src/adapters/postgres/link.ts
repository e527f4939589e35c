/** One connection: its statements are answered in order, and when it dies they all learn it at once. */
import type { Socket } from "node:net";
import type { Statement } from "./arguments.ts";
import { ConnectionLost, isConnectionDeath } from "./failures.ts";
import { stillborn } from "./socket.ts";

export interface Answer {
  readonly rows: readonly unknown[];
  /** Rows returned or changed. */
  readonly count: number;
}

/** postgres.js with a single connection. */
export interface Wire {
  /** Answered once the connection is ready for statements. */
  ready(): Promise<unknown>;
  send(statement: Statement): Promise<Answer>;
  end(timeoutSeconds: number): Promise<void>;
}

export type OpenWire = (socket: () => Promise<Socket>) => Wire;

export interface LinkOptions {
  readonly openWire: OpenWire;
  readonly openSocket: () => Promise<Socket>;
  /** How long a statement may be without an answer; then the whole connection is given up. */
  readonly deadlineSeconds: number;
  readonly onDeath: (cause: unknown, wasOpen: boolean) => void;
}

export interface Link {
  send(statement: Statement): Promise<Answer>;
  /** Statements without an answer. */
  readonly load: number;
  readonly isOpen: boolean;
  /** Of the monotonic clock, in milliseconds. */
  readonly bornAt: number;
  readonly idleSince: number;
  /** Takes no more statements, answers those it has, and closes; after `graceMs` it gives up what is left. */
  retire(graceMs?: number): Promise<void>;
}

interface Waiting {
  readonly statement: Statement;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
  isSent: boolean;
}

/**
 * A link never connects twice. postgres.js can, and four of its faults (3.4.9) lie there: statements of a dead
 * transaction that land on the next connection, a hot loop when a server closes during start-up, bytes of the old
 * connection that are sent ahead of the new one's start-up message, and statements that wait for connections one by one.
 */
export function openLink(options: LinkOptions): Link {
  const waiting = new Set<Waiting>();
  const bornAt = performance.now();
  const farewell = Promise.withResolvers<void>();
  let state: "opening" | "open" | "retired" | "dead" = "opening";
  let idleSince = bornAt;
  let watch: NodeJS.Timeout | undefined;
  let socket: Socket | undefined;

  const wire = options.openWire(async () => {
    if (socket !== undefined || state === "dead") return stillborn(new Error("This connection is not opened again."));
    socket = await options.openSocket();
    return socket.once("error", die).once("close", () => die(new Error("The connection was closed.")));
  });

  function die(cause: unknown): void {
    if (state === "dead") return;
    const wasOpen = state !== "opening";
    state = "dead";
    clearTimeout(watch);
    for (const entry of waiting) entry.reject(new ConnectionLost(entry.isSent ? "unknown" : "none", cause));
    waiting.clear();
    socket?.destroy();
    wire.end(0).catch(() => undefined);
    farewell.resolve();
    options.onDeath(cause, wasOpen);
  }

  function transmit(entry: Waiting): void {
    entry.isSent = true;
    wire.send(entry.statement).then(
      (answer) => settle(entry, () => entry.resolve(answer)),
      (error: unknown) => {
        if (isConnectionDeath(error)) die(error);
        else settle(entry, () => entry.reject(error));
      },
    );
  }

  function settle(entry: Waiting, answer: () => void): void {
    waiting.delete(entry);
    answer();
    if (waiting.size > 0) return;
    idleSince = performance.now();
    if (state === "retired") close();
  }

  function close(): void {
    wire.end(1).then(farewell.resolve, farewell.resolve);
  }

  /** One timer for all that wait: they are answered in order, so the first is the one that has waited longest. */
  function watchFirst(): void {
    if (watch !== undefined) return;
    const [first] = waiting;
    if (first === undefined) return;
    const limit = options.deadlineSeconds * 1000;
    const left = first.since + limit - performance.now();
    watch = setTimeout(() => {
      watch = undefined;
      const [oldest] = waiting;
      if (oldest !== undefined && performance.now() - oldest.since >= limit - 1) {
        die(new Error(`PostgreSQL did not answer within ${options.deadlineSeconds} seconds.`));
      } else {
        watchFirst();
      }
    }, left).unref();
  }

  function begin(): void {
    if (state === "opening") state = "open";
    for (const entry of waiting) transmit(entry);
  }

  wire.ready().then(begin, die);

  return {
    send: (statement) =>
      new Promise((resolve, reject) => {
        if (state === "dead") return reject(new ConnectionLost("none", new Error("The connection is gone.")));
        const entry = { statement, resolve, reject, since: performance.now(), isSent: false };
        waiting.add(entry);
        watchFirst();
        if (state !== "opening") transmit(entry);
      }),
    get load() {
      return waiting.size;
    },
    get isOpen() {
      return state === "open";
    },
    bornAt,
    get idleSince() {
      return idleSince;
    },
    retire(graceMs) {
      if (state === "dead") return Promise.resolve();
      state = "retired";
      if (waiting.size === 0) close();
      if (graceMs !== undefined) setTimeout(() => die(new Error("The store is closed.")), graceMs).unref();
      return farewell.promise;
    },
  };
}
