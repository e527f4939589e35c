/** A port of the server: from the socket to the endpoint and back, and a stop that loses no request. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Asker } from "../../protocol/api-key.ts";
import { OAuthError } from "../../protocol/errors.ts";
import { headerFault, isEncoded, readTarget, withoutSlash } from "./admit.ts";
import { type Answers, createAnswers, type Log } from "./answer.ts";
import { defaultLimits, type Handler, type Limits } from "./connection.ts";
import type { Cors } from "./cors.ts";
import { stoppingReply } from "./endpoints/health.ts";
import { errorReply } from "./errors.ts";
import { type Guard, guarding } from "./guard.ts";
import { hostRule } from "./host-rule.ts";
import { listener, type Place } from "./listen.ts";
import type { HttpReply, Route } from "./message.ts";
import { revalidate } from "./ready-bytes.ts";
import { createRouter } from "./router.ts";
import { boundStream } from "./sessions.ts";
import { adminPaths } from "./unmatched.ts";
import { type Answered, answeredOf, beginVisit, tell, type Visit } from "./visit.ts";

export interface PortOptions extends Place {
  readonly name: "public" | "admin";
  readonly routes: readonly Route[];
  /** Answers that need no endpoint, by path. */
  readonly readyBytes: (path: string) => HttpReply | undefined;
  /** Takes a request of the RPC protocols and answers it, or leaves it alone and says false. */
  readonly rpc?: ((request: IncomingMessage, response: ServerResponse, asker?: Asker) => boolean) | undefined;
  /** Everybody is asked who he is, where it is there. */
  readonly guard?: Guard | undefined;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly log: Log;
  /** Told once of every request, for its line in the log and its metrics. */
  readonly answered: (request: Answered) => void;
  readonly limits?: Partial<Limits> | undefined;
  /** Whether the process has begun to stop; a port that closes knows it by itself. */
  readonly isDraining?: (() => boolean) | undefined;
  readonly dev?: boolean | undefined;
  /** Which pages of other origins may read the answers; none when it is not there. */
  readonly cors?: Cors | undefined;
  /** The URL under which the port is known. */
  readonly ownUrl?: string | undefined;
}

export interface Port {
  /** 0 for a unix socket. */
  readonly port: number;
  /** Takes no more connections, lets running requests finish, and closes what is left after the last `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export async function servePort(options: PortOptions): Promise<Port> {
  const limits = { ...defaultLimits, ...options.limits };
  const { name, routes, clock, log, dev = false } = options;
  const state = { isClosing: false };
  const isDraining = () => state.isClosing || options.isDraining?.() === true;
  const answers = createAnswers({
    name,
    routes,
    clock,
    log,
    dev,
    isSecure: options.tls !== undefined,
    isDraining,
    cors: options.cors,
  });
  let route: Handler = () => {};
  const receive = receiver({ options, limits, answers, isDraining, toRouter: (...both) => route(...both) });
  const door = listener(options, limits, (request, response) => {
    try {
      if (!receive(request, response)) route(request, response);
    } catch (error) {
      // One request fails, and not the process with all that it has under way.
      log("error", "a request could not be begun", { error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  });
  const router = await createRouter({ server: door.front, routes, bodyBytes: limits.bodyBytes }, answers);
  route = router.handle;
  return {
    port: await door.open(),
    async close(graceMs) {
      state.isClosing = true;
      await door.close(graceMs);
      await router.close();
    },
  };
}

interface Parts {
  readonly options: PortOptions;
  readonly limits: Limits;
  readonly answers: Answers;
  readonly isDraining: () => boolean;
  /** For a request that had to wait for the guard. */
  readonly toRouter: Handler;
}

/** Everything before the router; true when the request needs no router any more. */
function receiver(parts: Parts) {
  const { options, limits, answers, isDraining } = parts;
  const toPath = options.name === "admin" ? adminPaths(options.routes) : (path: string) => path;
  const hostFault = hostRule(options);
  const earlyReply = (visit: Visit, request: IncomingMessage): HttpReply | undefined =>
    readyReply(options.readyBytes, visit, request, isDraining) ??
    options.cors?.preflight(request.method ?? "", visit.path, preflightHeaders(request));
  const guarded = options.guard === undefined ? undefined : guarding(options.guard, { ...options, ...parts });
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const visit = beginVisit(request, options.newId);
    response.once("close", () => tell(visit, () => options.answered(answeredOf(visit, request, response))));
    const isHttp1 = request.httpVersionMajor === 1;
    if (isHttp1 && isDraining()) response.setHeader("connection", "close");
    const fault = headerFault(request) ?? hostFault(request);
    if (fault === undefined && guarded?.rpc(request, response, visit) === true) return true;
    if (fault === undefined && options.rpc?.(request, response) === true) {
      visit.given = readTarget(request.url)?.path ?? "";
      visit.endpoint = visit.given;
      return true;
    }
    if (!isHttp1) visit.unbound = boundStream(response, limits.requestTimeoutMs);
    const refusal = fault ?? readInto(visit, request, toPath);
    const reply = refusal === undefined ? earlyReply(visit, request) : errorReply(refusal, false);
    if (reply === undefined) return guarded?.rest(request, response, visit) === true;
    answers.reply(request, response, reply);
    return true;
  };
}

function preflightHeaders({ headers }: IncomingMessage): Record<string, string | undefined> {
  const { origin, "access-control-request-method": method } = headers;
  return { origin, "access-control-request-method": method?.toString() };
}

/** Reads the target into the visit, or says why it is refused. */
function readInto(visit: Visit, request: IncomingMessage, toPath: (path: string) => string): OAuthError | undefined {
  const target = readTarget(request.url);
  if (target === undefined) return new OAuthError("invalid_request", "The request target is not a well-formed URL.");
  visit.given = withoutSlash(target.path);
  visit.path = toPath(visit.given);
  visit.query = target.query;
  if (isEncoded(request)) {
    return new OAuthError("unsupported_media_type", "The request body must not be compressed or otherwise encoded.");
  }
  request.url = visit.path;
  return undefined;
}

/** Before the router: the router alone would cost more than these answers do. */
function readyReply(
  readyBytes: PortOptions["readyBytes"],
  visit: Visit,
  request: IncomingMessage,
  isDraining: () => boolean,
): HttpReply | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const ready = readyBytes(visit.path);
  if (ready === undefined && !visit.path.endsWith("/health/ready")) return undefined;
  visit.endpoint = visit.path;
  // A load balancer must hear of the stop at once, while running requests still finish.
  if (visit.path.endsWith("/health/ready") && isDraining()) return stoppingReply;
  return ready === undefined ? undefined : revalidate(ready, request.headers["if-none-match"]);
}
