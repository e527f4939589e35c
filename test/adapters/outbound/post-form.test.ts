import { createServer, type RequestListener } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Address, DestinationRules } from "../../../src/adapters/outbound/destination.ts";
import { outbound } from "../../../src/adapters/outbound/fetch.ts";
import { identityProvider } from "../../../src/adapters/outbound/identity-provider.ts";

const loopback: Address = { address: "127.0.0.1", family: 4 };

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A server on loopback that answers as the test says, once it has read the whole. */
async function aServer(answer: RequestListener) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, seen };
}

function rules(over: Partial<DestinationRules> = {}): DestinationRules {
  return { allowHttp: true, publicOnly: true, exceptions: ["http://*/**"], resolve: async () => [loopback], ...over };
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end("whatever");

describe("a form for a client", () => {
  test("is posted as browsers would, without cookies, credentials or traces", async () => {
    const { port, seen } = await aServer(answering(200));
    const status = await outbound(rules()).postForm(`http://rp:${port}/gone?a=b`, [["logout_token", "a.b+c&d"]]);
    expect(status).toBe(200);
    expect(seen).toEqual([
      {
        method: "POST",
        url: "/gone?a=b",
        headers: {
          ...{ accept: expect.any(String), "accept-encoding": "identity", "user-agent": "tessera" },
          ...{ "content-type": "application/x-www-form-urlencoded", "content-length": "24" },
          ...{ host: `rp:${port}`, connection: "close" },
        },
        body: "logout_token=a.b%2Bc%26d",
      },
    ]);
  });

  test.each([204, 302, 400, 404, 500, 503])(
    "answers the status %i, whatever it is, and follows nothing",
    async (status) => {
      const elsewhere = await aServer(answering(200));
      const { port } = await aServer(answering(status, { location: `http://rp:${elsewhere.port}/` }));
      expect(await outbound(rules()).postForm(`http://rp:${port}/`, [])).toBe(status);
      expect(elsewhere.seen).toEqual([]);
    },
  );

  test("does not leave for a private address, a plain URL or one with credentials", async () => {
    const { port, seen } = await aServer(answering(200));
    const guarded = outbound(rules({ exceptions: [] }));
    await expect(guarded.postForm(`http://rp:${port}/`, [])).rejects.toThrow("not public");
    await expect(guarded.postForm(`http://169.254.169.254/`, [])).rejects.toThrow("not public");
    const production = outbound(rules({ allowHttp: false }));
    await expect(production.postForm(`http://rp:${port}/`, [])).rejects.toThrow("not https");
    await expect(production.postForm(`https://a:b@rp:${port}/`, [])).rejects.toThrow("credentials");
    expect(seen).toEqual([]);
  });

  test("waits for nobody longer than it may, and reads no answer", async () => {
    const silent = await aServer(() => undefined);
    const limits = { milliseconds: 100, bytes: 10 };
    await expect(outbound(rules(), limits).postForm(`http://rp:${silent.port}/`, [])).rejects.toThrow(/timeout|abort/i);
    const endless = await aServer((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x".repeat(1000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    expect(await outbound(rules(), limits).postForm(`http://rp:${endless.port}/`, [])).toBe(200);
  });

  test("a name that cannot be resolved is an error, not a wait", async () => {
    const unknown = outbound(rules({ resolve: async () => [] }));
    await expect(unknown.postForm("http://nobody/", [])).rejects.toThrow("no address");
  });
});

describe("the identity provider", () => {
  test("is asked at its own address, with the operator's headers", async () => {
    const { port, seen } = await aServer(answering(204));
    const provider = identityProvider({ url: `http://127.0.0.1:${port}/base/`, headers: { "x-key": "k" } });
    await provider.endIdentityProviderSession("a b/c");
    expect(seen).toMatchObject([
      { method: "DELETE", url: "/base/admin/sessions/a%20b%2Fc", headers: { "x-key": "k" } },
    ]);
  });

  test("that does not know the session has nothing to end", async () => {
    const { port } = await aServer(answering(404));
    const provider = identityProvider({ url: `http://127.0.0.1:${port}`, headers: {} });
    await expect(provider.endIdentityProviderSession("s")).resolves.toBeUndefined();
  });

  test("that refuses, redirects, is silent, away or not there is an error", async () => {
    const ask = (url: string | null) =>
      identityProvider({ url, headers: {}, milliseconds: 100 }).endIdentityProviderSession("s");
    for (const status of [302, 401, 500]) {
      const { port } = await aServer(answering(status));
      await expect(ask(`http://127.0.0.1:${port}`)).rejects.toThrow(`answered ${status}`);
    }
    const silent = await aServer(() => undefined);
    await expect(ask(`http://127.0.0.1:${silent.port}`)).rejects.toThrow(/timeout|abort/i);
    await expect(ask("http://127.0.0.1:9")).rejects.toThrow("ECONNREFUSED");
    await expect(ask(null)).rejects.toThrow("No identity provider");
  });
});
