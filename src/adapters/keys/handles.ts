/** Challenges and verifiers: derived from a flow and a step, so nothing is stored and a forged one costs no statement. */
import { type Step, steps } from "../../protocol/flow.ts";
import { decodeBase64url } from "./base64url.ts";
import type { Subkeys } from "./subkeys.ts";
import { tags } from "./tags.ts";

const idLength = 16;
const bodyLength = idLength + 1;

// 17 and 16 bytes are 44 characters without a spare bit, so no altered character decodes to the same handle.
const tagLength = 16;

export interface Handles {
  readonly handle: (flowId: string, step: Step) => string;
  readonly openHandle: (handle: string, step: Step) => string | undefined;
}

export function handles(keys: Subkeys): Handles {
  const tag = tags(keys("handle"), tagLength);
  return {
    handle(flowId, step) {
      const body = Buffer.alloc(bodyLength);
      if (body.write(flowId, "hex") !== idLength) throw new Error("A flow's id is 32 hex digits.");
      body[idLength] = steps[step];
      return Buffer.concat([body, tag.make(body)]).toString("base64url");
    },
    openHandle(handle, step) {
      if (handle.length !== ((bodyLength + tagLength) * 4) / 3) return undefined;
      const bytes = decodeBase64url(handle);
      if (bytes === undefined) return undefined;
      const body = bytes.subarray(0, bodyLength);
      if (!tag.prove(body, bytes.subarray(bodyLength))) return undefined;
      return body[idLength] === steps[step] ? body.toString("hex", 0, idLength) : undefined;
    },
  };
}
