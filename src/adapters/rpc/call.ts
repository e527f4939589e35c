/** The one wrapper around every method: who asks, is the message valid, deadline, span, operation, error. */
import {
  create,
  type DescMethod,
  type DescMethodUnary,
  type DescService,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Asker } from "../../protocol/api-key.ts";
import { OAuthError } from "../../protocol/errors.ts";
import { inSpan } from "../telemetry/span.ts";
import type { Validity } from "./validity.ts";

/** What a protocol tells of the request besides its message. */
export interface Caller {
  readonly now: Date;
  /** The `Authorization` header or metadata. */
  readonly authorization: string | undefined;
  /** Who asks, where the port is guarded. */
  readonly asker?: Asker | undefined;
  /** The time the caller is willing to wait. */
  readonly timeoutMs: number | undefined;
}

/** A method as REST, the gRPC fast path and Connect mount it. Its only failures are `OAuthError`s. */
export interface Call {
  /** `tessera.admin.v1.ClientService/GetClient`. */
  readonly name: string;
  readonly method: DescMethodUnary;
  run(input: Message, caller: Caller): Promise<Message>;
}

/** A service: one function per method, from message to message. */
export type Methods<S extends DescService> = {
  readonly [K in keyof S["method"]]: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (input: MessageShape<I>, now: Date) => Promise<MessageInitShape<O>>
    : never;
};

export interface CallRules {
  readonly validity: Validity;
  /** Who asks, and may they? Refuses by throwing. */
  readonly admit: (name: string, caller: Caller) => void | Promise<void>;
  /** Told of every failure that is not the caller's. */
  readonly onInternalError: (cause: unknown, name: string) => void;
  /** No call runs longer, whatever its caller asks. */
  readonly maxTimeoutMs: number;
}

/** Wraps every method of a service. */
export function wrapService<S extends DescService>(service: S, methods: Methods<S>, rules: CallRules): Call[] {
  const all: readonly DescMethod[] = service.methods;
  return all.map((method) => {
    if (!isUnary(method)) throw new Error(`${service.typeName}/${method.name} is not unary`);
    return wrapMethod(method, performer(methods, method), rules);
  });
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

type Perform = (input: Message, now: Date) => Promise<MessageInitShape<DescMethodUnary["output"]>>;

/** The types of all methods of all services meet here, where only their descriptors tell them apart. */
function performer(methods: object, method: DescMethodUnary): Perform {
  const perform: unknown = Object.hasOwn(methods, method.localName)
    ? Reflect.get(methods, method.localName)
    : undefined;
  if (!isPerform(perform)) throw new Error(`${method.parent.typeName}/${method.name} has no implementation`);
  return perform;
}

function isPerform(value: unknown): value is Perform {
  return typeof value === "function";
}

function wrapMethod(method: DescMethodUnary, perform: Perform, rules: CallRules): Call {
  const name = `${method.parent.typeName}/${method.name}`;
  const requireValid = rules.validity(method);
  const work = async (input: Message, caller: Caller): Promise<Message> => {
    await rules.admit(name, caller);
    await requireValid(input);
    return create(method.output, await perform(input, caller.now));
  };
  const run = async (input: Message, caller: Caller): Promise<Message> => {
    const timeoutMs = Math.min(caller.timeoutMs ?? rules.maxTimeoutMs, rules.maxTimeoutMs);
    try {
      return await inSpan("rpc", name, () => withinDeadline(timeoutMs, () => work(input, caller)));
    } catch (error) {
      if (error instanceof OAuthError && error.status.http >= 500) rules.onInternalError(error.cause ?? error, name);
      throw toRefusal(error, name, rules.onInternalError);
    }
  };
  return { name, method, run };
}

/** A refusal is an answer; anything else is our fault, of which only the log hears more than `server_error`. */
export function toRefusal(error: unknown, name: string, onInternalError: CallRules["onInternalError"]): OAuthError {
  if (error instanceof OAuthError) return error;
  onInternalError(error, name);
  return new OAuthError("server_error", "The server met an unexpected condition.", { cause: error });
}

/** What has begun runs to its end: a write is done or not done, only its caller no longer waits. */
function withinDeadline<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const expire = () => late.reject(new OAuthError("deadline_exceeded", "The call took longer than its deadline."));
  if (timeoutMs <= 0) {
    expire();
    return late.promise;
  }
  const timer = setTimeout(expire, timeoutMs);
  return Promise.race([work(), late.promise]).finally(() => clearTimeout(timer));
}
