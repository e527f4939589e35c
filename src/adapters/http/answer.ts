/** Turns what the router found into an answer: the endpoint's reply, or its refusal in words. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import { type OAuthError, refuse } from "../../protocol/errors.ts";
import { isCleanText } from "../../protocol/text.ts";
import type { Cors } from "./cors.ts";
import { errorReply, toOAuthError, WordedFault } from "./errors.ts";
import type { HttpReply, HttpRequest, Route } from "./message.ts";
import type { Outcomes } from "./router.ts";
import { send } from "./send.ts";
import { hasSameLiterals, unmatched } from "./unmatched.ts";
import { inVisit, tell, type Visit, visitOf } from "./visit.ts";

/** For what goes wrong in a request; the request itself is told to `answered`. */
export type Log = (level: "error", message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface AnswerOptions {
  readonly name: "public" | "admin";
  readonly routes: readonly Route[];
  readonly clock: () => Date;
  readonly log: Log;
  readonly dev: boolean;
  readonly isSecure: boolean;
  readonly cors: Cors | undefined;
  /** Whether the port takes no more requests. */
  readonly isDraining: () => boolean;
}

export interface Answers extends Outcomes {
  reply(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void;
}

export function createAnswers(options: AnswerOptions): Answers {
  const refusePath = unmatched(options.name, options.routes);

  const reply: Answers["reply"] = (request, response, answer) => {
    const isLast = options.isDraining();
    const wire = { request, response, visit: visitOf(request), isSecure: options.isSecure, isLast };
    try {
      send(wire, answer);
    } catch (thrown) {
      // A header that HTTP cannot carry.
      send(wire, refusalOf(thrown, visitOf(request), options));
    }
  };

  const lost: Answers["lost"] = (request, response) => {
    const { path, given } = visitOf(request);
    reply(request, response, refusePath(path, given));
  };

  const failed: Answers["failed"] = (error, request, response) => {
    reply(request, response, refusalOf(error, visitOf(request), options));
  };

  const respond = async (route: Route, request: FastifyRequest, response: ServerResponse): Promise<void> => {
    const visit = visitOf(request.raw);
    try {
      reply(request.raw, response, await inVisit(visit, request.raw, () => ask(route, request, visit, options)));
    } catch (thrown) {
      reply(request.raw, response, refusalOf(thrown, visit, options));
    }
  };

  const found: Answers["found"] = (route, request, response) => {
    const visit = visitOf(request.raw);
    // The router decodes before it compares, and takes nothing for a name; here another spelling is another path.
    if (/%|\/$/.test(visit.path) && !hasSameLiterals(route.path, visit.path)) {
      lost(request.raw, response);
      return;
    }
    visit.endpoint = route.path;
    void respond(route, request, response);
  };

  return { reply, found, lost, failed };
}

/** A refusal is an answer; what remains, a fault of ours, fails the span. */
async function ask(route: Route, request: FastifyRequest, visit: Visit, options: AnswerOptions): Promise<HttpReply> {
  const asked = toHttpRequest(request, visit, options.clock());
  let reply: HttpReply;
  try {
    reply = await route.endpoint(asked);
  } catch (thrown) {
    if (thrown instanceof WordedFault) throw thrown;
    const error = toOAuthError(thrown);
    if (error.status.http >= 500) throw error;
    reply = errorReply(error, options.dev);
  }
  return options.cors === undefined ? reply : options.cors.decorate(asked, reply);
}

function toHttpRequest({ raw, body, params }: FastifyRequest, visit: Visit, now: Date): HttpRequest {
  return {
    method: raw.method ?? "",
    path: visit.path,
    query: visit.query,
    headers: toHeaders(raw.headers),
    body: typeof body === "string" ? body : "",
    params: visit.endpoint.includes("{") ? toParams(params) : {},
    now,
    remoteAddress: visit.remoteAddress,
    asker: visit.asker,
  };
}

/** Of all headers only `set-cookie` would be a list, and no request has it (RFC 6265 §4.1). */
function toHeaders(headers: IncomingHttpHeaders): HttpRequest["headers"] {
  delete headers["set-cookie"];
  return areSingle(headers) ? headers : {};
}

function areSingle(headers: IncomingHttpHeaders): headers is Record<string, string | undefined> {
  return headers["set-cookie"] === undefined;
}

function toParams(params: unknown): HttpRequest["params"] {
  if (!areClean(params)) refuse("invalid_request", "The path is not well-formed Unicode without NUL characters.");
  return params;
}

function areClean(params: unknown): params is Record<string, string> {
  if (typeof params !== "object" || params === null) return false;
  for (const value of Object.values(params)) if (typeof value !== "string" || !isCleanText(value)) return false;
  return true;
}

function refusalOf(thrown: unknown, visit: Visit, { log, dev }: AnswerOptions): HttpReply {
  const error: OAuthError = thrown instanceof WordedFault ? thrown.error : toOAuthError(thrown);
  if (error.status.http >= 500) {
    const fields = { request_id: visit.id, endpoint: visit.endpoint, error: error.details.cause ?? error };
    tell(visit, () => log("error", error.message, fields));
  }
  return thrown instanceof WordedFault ? thrown.reply : errorReply(error, dev);
}
