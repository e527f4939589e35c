/** Who asks, as Connect's handlers come to know it: beside the request, because no header can say it. */
import { createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import type { Asker } from "../../protocol/api-key.ts";
import type { Caller } from "./call.ts";

const asking = createContextKey<Asker | undefined>(undefined, { description: "who asks" });

export function askedBy(asker: Asker | undefined) {
  return createContextValues().set(asking, asker);
}

type Context = Pick<HandlerContext, "requestHeader" | "timeoutMs" | "values">;

export function callerOf({ requestHeader, timeoutMs, values }: Context, now: Date): Caller {
  const authorization = requestHeader.get("authorization") ?? undefined;
  return { now, authorization, asker: values.get(asking), timeoutMs: timeoutMs() };
}
