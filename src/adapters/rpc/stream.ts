/** The wrapper around methods that answer a stream: who asks, is the message valid, operation, error. */
import type { DescMethodServerStreaming, MessageShape } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { OAuthError } from "../../protocol/errors.ts";
import { callerOf } from "./asking.ts";
import { type Caller, type CallRules, toRefusal } from "./call.ts";
import { toConnectError } from "./errors.ts";

/** A method as REST and Connect mount it. Its only failures are `OAuthError`s. */
export interface StreamCall<M extends DescMethodServerStreaming = DescMethodServerStreaming> {
  /** `tessera.admin.v1.EventService/WatchEvents`. */
  readonly name: string;
  readonly method: M;
  run(input: MessageShape<M["input"]>, caller: Caller, signal: AbortSignal): Answers<M>;
}

type Answers<M extends DescMethodServerStreaming> = AsyncGenerator<MessageShape<M["output"]>, void, undefined>;

type Perform<M extends DescMethodServerStreaming> = (
  input: MessageShape<M["input"]>,
  now: Date,
  signal: AbortSignal,
) => Answers<M>;

/** No deadline but the caller's own: a stream may last. */
export function wrapStream<M extends DescMethodServerStreaming>(
  method: M,
  perform: Perform<M>,
  rules: CallRules,
): StreamCall<M> {
  const name = `${method.parent.typeName}/${method.name}`;
  const requireValid = rules.validity(method);
  async function* run(input: MessageShape<M["input"]>, caller: Caller, signal: AbortSignal): Answers<M> {
    try {
      await rules.admit(name, caller);
      await requireValid(input);
      yield* perform(input, caller.now, signal);
    } catch (error) {
      if (error instanceof OAuthError && error.status.http >= 500) rules.onInternalError(error.cause ?? error, name);
      throw toRefusal(error, name, rules.onInternalError);
    }
  }
  return { name, method, run };
}

/** For gRPC, gRPC-Web and Connect. */
export function mountStream(router: ConnectRouter, call: StreamCall, now: () => Date): void {
  router.rpc(call.method, async function* mounted(input, context) {
    const caller = callerOf(context, now());
    try {
      yield* call.run(input, caller, context.signal);
    } catch (error) {
      throw error instanceof OAuthError ? toConnectError(error) : error;
    }
  });
}
