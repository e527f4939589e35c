/** A few connections, each carrying many statements at once; what dies is replaced when it is needed. */
import { unavailable } from "../../protocol/errors.ts";
import type { Statement } from "./arguments.ts";
import { ConnectionLost } from "./failures.ts";
import type { Answer, Link, LinkOptions } from "./link.ts";

export interface PoolLimits {
  readonly connections: number;
  readonly idleConnections: number;
  readonly lifetimeSeconds: number;
  readonly idleSeconds: number;
  /** Statements without an answer, on all connections together; more are turned away. */
  readonly statements: number;
}

export interface Pool {
  send(statement: Statement): Promise<Answer>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

// How long the next try waits after connections that could not be opened; until then statements are turned away at once.
const shortestPauseMs = 10;
const longestPauseMs = 1000;
const sweepMs = 5000;
const closingMs = 5000;

export function openPool(openLink: (onDeath: LinkOptions["onDeath"]) => Link, limits: PoolLimits): Pool {
  const links = new Set<Link>();
  let isClosed = false;
  let pauseMs = 0;
  let pausedUntil = 0;
  let lastCause: unknown;

  function open(): Link {
    const link = openLink((cause, wasOpen) => {
      links.delete(link);
      lastCause = cause;
      pauseMs = wasOpen ? 0 : Math.min(longestPauseMs, Math.max(shortestPauseMs, pauseMs * 2));
      pausedUntil = performance.now() + pauseMs;
    });
    links.add(link);
    return link;
  }

  /** The least loaded; another is opened beside it when all are busy. */
  function pick(): Link {
    let best: Link | undefined;
    for (const link of links) {
      if (best === undefined || (link.isOpen === best.isOpen ? link.load < best.load : link.isOpen)) best = link;
    }
    if (best?.isOpen === true && best.load === 0) return best;
    if (links.size >= limits.connections || performance.now() < pausedUntil) {
      if (best === undefined) throw new ConnectionLost("none", lastCause);
      return best;
    }
    const another = open();
    return best ?? another;
  }

  function load(): number {
    let total = 0;
    for (const link of links) total += link.load;
    return total;
  }

  function sweep(): void {
    const now = performance.now();
    for (const link of links) {
      const isOld = now - link.bornAt > limits.lifetimeSeconds * 1000;
      const isIdle = link.load === 0 && now - link.idleSince > limits.idleSeconds * 1000;
      const isSpare = link.load === 0 && links.size > limits.idleConnections && now - link.idleSince > sweepMs;
      if (isOld || isIdle || isSpare) void retire(link);
    }
  }

  function retire(link: Link, graceMs?: number): Promise<void> {
    links.delete(link);
    return link.retire(graceMs);
  }

  const sweeper = setInterval(sweep, sweepMs).unref();

  return {
    async send(statement) {
      if (isClosed) throw unavailable(new Error("The store is closed."));
      if (load() >= limits.statements) throw unavailable(new Error("Too many statements are waiting."));
      return await pick().send(statement);
    },
    async close() {
      isClosed = true;
      clearInterval(sweeper);
      await Promise.all([...links].map((link) => retire(link, closingMs)));
    },
  };
}
