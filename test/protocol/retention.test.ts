import { expect, test } from "vitest";
import { isReduced, reducedRequest } from "../../src/protocol/retention.ts";
import { aRequest } from "../support/nouns.ts";

test("D46: of a request its URL is left, and nothing else that was said", () => {
  const hint = { acrValues: ["2"], uiLocales: ["de"], display: "page", loginHint: "anna@example.org" };
  const request = aRequest("printer", { oidcContext: { ...hint, idTokenHintClaims: { sub: "anna" } } });
  const reduced = reducedRequest(request);
  expect([isReduced(request), isReduced(reduced)]).toEqual([false, true]);
  const { clientId, requestUrl } = request;
  const told = Object.entries(reduced).filter(
    ([, value]) => !/^(?:null|false|""|\[\]|undefined)$/.test(JSON.stringify(value)),
  );
  expect(Object.fromEntries(told)).toEqual({
    clientId,
    requestUrl,
    responseMode: "query",
    oidcContext: { acrValues: [], uiLocales: [], display: "", loginHint: "", idTokenHintClaims: null },
  });
});
