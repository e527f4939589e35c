/** Is a message what the contract's annotations say (buf.validate), and is every text in it clean? */
import { type DescMethod, getOption, type Message } from "@bufbuild/protobuf";
import { type Path, pathToString } from "@bufbuild/protobuf/reflect";
import type { Violation } from "@bufbuild/protovalidate";
import { http } from "../../gen/google/api/annotations_pb.js";
import { OAuthError } from "../../protocol/errors.ts";
import { cleanliness } from "./clean.ts";
import { glance } from "./glance.ts";

/** Prepares the check of a method's requests; the check throws, or rejects, with `invalid_request` and the field. */
export type Validity = (method: DescMethod) => (input: Message) => Promise<void> | undefined;

export function createValidity(): Validity {
  return (method) => {
    const requireClean = cleanliness(method.input);
    const isSurelyValid = glance(method.input);
    const body = getOption(method, http).body;
    return (input) => {
      requireClean(input);
      // Asking protovalidate costs 11 us, looking 0.1.
      return isSurelyValid(input) ? undefined : judge(method, input, body);
    };
  };
}

/** Loaded for the first message that needs it, because it brings 15 MB along: what is valid is known without it. */
async function judge(method: DescMethod, input: Message, body: string): Promise<void> {
  const { judgement } = await import("./judgement.ts");
  const result = judgement.validate(method.input, input);
  if (result.kind === "error") throw result.error;
  if (result.kind === "invalid") throw toRefusal(result.violations, body);
}

/** The first violation, named from the resource on: what REST calls the body has no name there. */
function toRefusal(violations: readonly Violation[], body: string): OAuthError {
  const first = violations[0];
  const field = first === undefined ? "" : fieldName(first.field, body);
  const fault = first?.message.replace(/^value /, "") ?? "is not valid";
  return new OAuthError("invalid_request", `The value of '${field}' ${fault}.`, { field });
}

function fieldName(path: Path, body: string): string {
  const head = path[0];
  const isBody = path.length > 1 && head?.kind === "field" && head.name === body;
  return pathToString(isBody ? path.slice(1) : path);
}
