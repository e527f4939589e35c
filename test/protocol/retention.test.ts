import { expect, test } from "vitest";
import { restartUrlOf } from "../../src/protocol/authorization-request/request.ts";
import { isReduced, reducedRequest } from "../../src/protocol/retention.ts";
import { aRequest } from "../support/nouns.ts";

test.each([
  ["a client's", aRequest("printer")],
  [
    "a device's",
    aRequest("television", { redirectUri: "", device: { codeDigest: "d", restartUrl: "https://id.example/verify?v" } }),
  ],
])("D46: of %s expired request what begins it anew is kept, and nothing else", (_whose, request) => {
  expect(isReduced(request)).toBe(false);
  const reduced = reducedRequest(request);
  expect(isReduced(reduced)).toBe(true);
  expect(restartUrlOf(reduced)).toBe(restartUrlOf(request));
  expect(reduced).toMatchObject({ clientId: request.clientId, requestUrl: request.requestUrl, scope: [], nonce: null });
  expect(reducedRequest(reduced)).toEqual(reduced);
});
