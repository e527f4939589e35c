/** The REST form of the contract: one route per annotated method, which calls the same wrapped method as gRPC. */
import { type DescMessage, isMessage, type Message } from "@bufbuild/protobuf";
import { isJsonObject, type JsonValue } from "../../protocol/json.ts";
import type { HttpReply, HttpRequest, Route } from "../http/message.ts";
import { type Call, type CallRules, toRefusal } from "./call.ts";
import { binder } from "./rest/bind.ts";
import { printer } from "./rest/print.ts";
import { type Rule, requireDistinct, ruleOf } from "./rest/templates.ts";
import { contentHeaders, refusalReply, type Words, wordsOf } from "./rest/words.ts";

/** Throws at start when an annotation cannot be served. */
export function restRoutes(calls: readonly Call[], onInternalError: CallRules["onInternalError"]): Route[] {
  const annotated = calls.flatMap((call) => {
    const rule = ruleOf(call.method);
    return rule === undefined ? [] : [{ call, rule }];
  });
  requireDistinct(annotated.map(({ rule }) => rule));
  return annotated.map(({ call, rule }) => route(call, rule, onInternalError));
}

function route(call: Call, rule: Rule, onInternalError: CallRules["onInternalError"]): Route {
  const words = wordsOf(call.name);
  const bind = binder(call.method.input, rule, words.undecodable);
  const reply = replier(call.method.output, rule, words);
  const endpoint = async (request: HttpRequest): Promise<HttpReply> => {
    try {
      const { now, asker } = request;
      const caller = { now, authorization: request.headers.authorization, asker, timeoutMs: undefined };
      return reply(await call.run(bind(request), caller), request);
    } catch (error) {
      return refusalReply(toRefusal(error, call.name, onInternalError), words);
    }
  };
  return { method: rule.httpMethod, path: rule.path, endpoint };
}

type Reply = (output: Message, request: HttpRequest) => HttpReply;

function replier(output: DescMessage, rule: Rule, words: Words): Reply {
  const written = rule.httpMethod !== "GET";
  // What was sent comes back, and is not what a database made of it: the one case in which Hydra has null for `[]`.
  const isEcho = written && rule.body !== "" && rule.body === rule.responseBody;
  const list = output.fields.find((field) => field.name === rule.responseBody)?.localName ?? "";
  const isEmpty = (message: Message) => [Reflect.get(message, list)].flat().length === 0;
  const print = bodyPrinter(output, rule.responseBody);
  const textOf = rememberedText(output, rule.responseBody, print);
  const pages = output.fields.find((field) => field.name === "next_page_token")?.localName;
  // Answers to writes hold secrets; those to reads are what Hydra says of every GET.
  const cacheControl = written ? "no-store" : "private, no-cache, no-store, must-revalidate";
  return (message, request) => {
    const headers: Record<string, string> = { "cache-control": cacheControl };
    if (rule.status === 204) return { status: 204, headers, body: "" };
    Object.assign(headers, contentHeaders(words, "application/json; charset=utf-8"));
    const hasPages = pages !== undefined && !(rule.noLinkWhenEmpty && isEmpty(message));
    if (hasPages) headers.link = pageLinks(request, Reflect.get(message, pages));
    const known = written ? undefined : textOf(message);
    if (known !== undefined) return { status: rule.status, headers, body: known };
    const body = print(message, isEcho);
    if (rule.location !== "") headers.location = fillTemplate(rule.location, { ...request.params, ...named(body) });
    return { status: rule.status, headers, body: JSON.stringify(body) };
  };
}

/** The whole response, or the bare resource or list that `response_body` names. */
function bodyPrinter(output: DescMessage, responseBody: string): (message: Message, written: boolean) => JsonValue {
  if (responseBody === "") return printer(output);
  const field = output.fields.find((candidate) => candidate.name === responseBody);
  if (field?.message === undefined) throw new Error(`${output.typeName} has no message '${responseBody}' to answer`);
  // Free JSON is printed as it is.
  if (field.message.typeName === "google.protobuf.Struct") {
    return (message) => {
      const value: unknown = Reflect.get(message, field.localName);
      return isJsonObject(value) ? value : {};
    };
  }
  const print = printer(field.message);
  const printItem = (item: unknown, written: boolean) => (isMessage(item) ? print(item, written) : null);
  return (message, written) => {
    const value: unknown = Reflect.get(message, field.localName);
    return Array.isArray(value) ? value.map((item) => printItem(item, written)) : printItem(value, written);
  };
}

/** The text of a resource whose message is the same as before; undefined where the answer is no resource. */
function rememberedText(
  output: DescMessage,
  responseBody: string,
  print: (message: Message, written: boolean) => JsonValue,
) {
  const field = output.fields.find((candidate) => candidate.name === responseBody);
  const texts = new WeakMap<object, string>();
  return (message: Message): string | undefined => {
    const resource: unknown = field === undefined ? undefined : Reflect.get(message, field.localName);
    if (!isMessage(resource)) return undefined;
    const text = texts.get(resource) ?? JSON.stringify(print(message, false));
    texts.set(resource, text);
    return text;
  };
}

/** The names stand for members of the answer, or for what stood in the request's own path. */
function fillTemplate(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
}

function named(body: JsonValue): Readonly<Record<string, unknown>> {
  return isJsonObject(body) ? body : {};
}

/** RFC 8288, as Hydra pages: `first` always, `next` while there is more; every other parameter stays. */
function pageLinks({ path, query }: HttpRequest, next: unknown): string {
  const parameters = new URLSearchParams(query);
  parameters.delete("page_token");
  const link = (rel: string) => `<${path}${parameters.size === 0 ? "" : `?${parameters.toString()}`}>; rel="${rel}"`;
  const first = link("first");
  if (typeof next !== "string" || next === "") return first;
  parameters.set("page_token", next);
  return `${first},${link("next")}`;
}
