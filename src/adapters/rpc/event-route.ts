/** `WatchEvents` over REST: Server-Sent Events (WHATWG HTML §9.2). */
import { isMessage, type Message, type MessageShape } from "@bufbuild/protobuf";
import {
  EventSchema,
  type EventService,
  WatchEventsRequestSchema,
} from "../../gen/tessera/admin/v1/event_service_pb.js";
import { refuse } from "../../protocol/errors.ts";
import type { HttpReply, HttpRequest, Route } from "../http/message.ts";
import { type CallRules, toRefusal } from "./call.ts";
import { binder } from "./rest/bind.ts";
import { printer } from "./rest/print.ts";
import { ruleOf } from "./rest/templates.ts";
import { refusalReply, wordsOf } from "./rest/words.ts";
import type { StreamCall } from "./stream.ts";

type Watching = StreamCall<(typeof EventService)["method"]["watchEvents"]>;
type Told = MessageShape<Watching["method"]["output"]>;

export function eventRoute(call: Watching, onInternalError: CallRules["onInternalError"]): Route {
  const rule = ruleOf(call.method);
  if (rule === undefined) throw new Error(`${call.name} has no REST form`);
  const bind = binder(call.method.input, rule);
  const words = wordsOf(call.name);
  const print = eventPrinter();
  const endpoint = async (request: HttpRequest): Promise<HttpReply> => {
    const leaving = new AbortController();
    try {
      requireAcceptable(request.headers.accept);
      const { now, asker } = request;
      const caller = { now, authorization: request.headers.authorization, asker, timeoutMs: undefined };
      const input = bind(withCursor(request));
      if (!isMessage(input, WatchEventsRequestSchema)) throw new TypeError("The route binds another message.");
      const told = call.run(input, caller, leaving.signal);
      // Refusals come before the first message, and are answers like others.
      const first = await told.next();
      return eventStream(chunks(first, told, print), () => leaving.abort());
    } catch (error) {
      leaving.abort();
      return refusalReply(toRefusal(error, call.name, onInternalError), words);
    }
  };
  return { method: rule.httpMethod, path: rule.path, endpoint };
}

function eventStream(parts: AsyncIterable<string>, stop: () => void): HttpReply {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" };
  return { status: 200, headers, body: "", stream: { parts, stop } };
}

function requireAcceptable(accept = "*/*"): void {
  const types = accept.split(",").map((type) => type.split(";", 1)[0]?.trim().toLowerCase());
  if (types.some((type) => type === "text/event-stream" || type === "text/*" || type === "*/*")) return;
  refuse("not_acceptable", "Events are told as text/event-stream only.");
}

/** A browser that reconnects asks for the same URL again, and says here how far it had come. */
function withCursor(request: HttpRequest): HttpRequest {
  const last = request.headers["last-event-id"];
  if (last === undefined || last === "") return request;
  const query = new URLSearchParams(request.query);
  query.set("cursor", last);
  return { ...request, query: query.toString() };
}

async function* chunks(
  first: IteratorResult<Told>,
  rest: AsyncGenerator<Told, void, undefined>,
  print: (told: Told) => string,
): AsyncGenerator<string, void, undefined> {
  try {
    if (first.done !== true) yield print(first.value);
    for await (const told of rest) yield print(told);
  } catch (error) {
    // The status line is long gone.
    const { code, message, details } = toRefusal(error, "", () => {});
    const fault = { error: code, error_description: message, ...(details.cursor === undefined ? {} : details) };
    yield `event: error\ndata: ${JSON.stringify(fault)}\n\n`;
  }
}

/** The text of a message; the same events are the same objects for all who are told of them, and are printed once. */
function eventPrinter(): (told: Told) => string {
  const printOne = printer(EventSchema);
  const printed = new WeakMap<Message, string>();
  return ({ events, cursor }) => {
    const [first] = events;
    // An id without data is no event, but moves the cursor on all the same.
    if (first === undefined) return `:\nid: ${cursor}\n\n`;
    const known = printed.get(first);
    if (known !== undefined) return known;
    const text = events
      .map((event) => `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(printOne(event, false))}\n\n`)
      .join("");
    printed.set(first, text);
    return text;
  };
}
