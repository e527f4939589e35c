import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handles } from "../../../src/adapters/keys/handles.ts";
import { subkeys } from "../../../src/adapters/keys/subkeys.ts";
import { type Step, steps } from "../../../src/protocol/flow.ts";
import { alterations } from "./alterations.ts";

const flowId = "00112233445566778899aabbccddeeff";
const names = Object.keys(steps).filter((name): name is Step => name in steps);
const ids = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));

function handlesWith(...secrets: string[]) {
  return handles(subkeys(secrets));
}

describe("a handle", () => {
  test("D13: is under 64 characters that need no encoding in a URL, and leads back to its flow", () => {
    const { handle, openHandle } = handlesWith("the secret of today");
    fc.assert(
      fc.property(ids, fc.constantFrom(...names), (id, step) => {
        const made = handle(id, step);
        expect(made).toMatch(/^[\w-]{44}$/);
        expect(openHandle(made, step)).toBe(id);
      }),
    );
  });

  test("is the same whenever it is made: a challenge that is read twice is one challenge", () => {
    expect(handlesWith("the secret of today").handle(flowId, "login_challenge")).toBe(
      handlesWith("the secret of today").handle(flowId, "login_challenge"),
    );
  });

  test("FZ-12: of one step is no other step's", () => {
    const { handle, openHandle } = handlesWith("the secret of today");
    const opened = names.map((made) => names.map((asked) => openHandle(handle(flowId, made), asked)));
    expect(new Set(Object.values(steps)).size).toBe(names.length);
    expect(opened).toEqual(names.map((made) => names.map((asked) => (made === asked ? flowId : undefined))));
  });

  test("FZ-12: with any character altered, removed or added is no handle", () => {
    const { handle, openHandle } = handlesWith("the secret of today");
    fc.assert(
      fc.property(alterations(handle(flowId, "consent_verifier")), (altered) => {
        expect(openHandle(altered, "consent_verifier")).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test("FZ-12: of any other text is no handle, and nothing is thrown", () => {
    const { openHandle } = handlesWith("the secret of today");
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.base64String({ minLength: 44, maxLength: 44 })),
        (text) => {
          expect(openHandle(text, "login_challenge")).toBeUndefined();
        },
      ),
    );
  });

  test("is proven by every secret of the list, and by no other", () => {
    const made = handlesWith("the secret of last year").handle(flowId, "login_challenge");
    const rotated = handlesWith("the secret of today", "another old secret", "the secret of last year");
    expect(rotated.openHandle(made, "login_challenge")).toBe(flowId);
    expect(handlesWith("the secret of today").openHandle(made, "login_challenge")).toBeUndefined();
  });

  test("is not made for what is no flow's id", () => {
    expect(() => handlesWith("the secret of today").handle("0011", "login_challenge")).toThrow("32 hex digits");
  });
});
