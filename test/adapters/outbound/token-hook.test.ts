import { createServer, type RequestListener } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { tokenHook, tokenHooks } from "../../../src/adapters/outbound/token-hook.ts";

/** Where the service of the test is reached. */
async function aService(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
}

const asking = (url: string, limits: { milliseconds: number; bytes: number }) =>
  tokenHook("token_hook", { url, auth: null }, limits)({});

test("a hook that is silent is not waited for", async () => {
  const url = await aService(() => undefined);
  await expect(asking(url, { milliseconds: 50, bytes: 100 })).rejects.toThrow(/timeout|abort/i);
});

test("nor one that begins its answer and does not end it", async () => {
  const url = await aService((_request, response) => {
    response.writeHead(200).write('{"session":');
  });
  await expect(asking(url, { milliseconds: 50, bytes: 100 })).rejects.toThrow(/timeout|abort/i);
});

test("nor one that sends for ever: the bytes are counted", async () => {
  const url = await aService((_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (response.write("x".repeat(10_000)));
      response.once("drain", more);
    };
    more();
  });
  await expect(asking(url, { milliseconds: 10_000, bytes: 20_000 })).rejects.toThrow("longer than 20000 bytes");
});

test.each([
  ["a plain value", "k3y", "who=k3y"],
  ["one that Go writes in quotes", "a key, with a comma", 'who="a key, with a comma"'],
])("the key may be a cookie (%s)", async (_, value, cookie) => {
  const seen: (string | undefined)[] = [];
  const url = await aService((request, response) => {
    seen.push(request.headers.cookie);
    response.writeHead(204).end();
  });
  const auth = { in: "cookie", name: "who", value } as const;
  expect(await tokenHook("token_hook", { url, auth })({})).toEqual({ kind: "unchanged" });
  expect(seen).toEqual([cookie]);
});

test("where none is configured there is nothing to ask", () => {
  const hook = { url: "http://127.0.0.1:9/", auth: null };
  expect(tokenHooks(null, null)).toBeNull();
  expect(tokenHooks(hook, null)).toEqual({ refresh: expect.any(Function), token: null });
  expect(tokenHooks(null, hook)).toEqual({ refresh: null, token: expect.any(Function) });
});
