import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Address, DestinationRules } from "../../../src/adapters/outbound/destination.ts";
import { outbound } from "../../../src/adapters/outbound/fetch.ts";

const loopback: Address = { address: "127.0.0.1", family: 4 };

interface World {
  readonly port: number;
  /** Requests that reached the server. */
  readonly seen: Array<{ readonly url: string; readonly headers: NodeJS.Dict<string | string[]> }>;
}

/** A server on loopback that answers as the test says. */
async function aServer(answer: RequestListener): Promise<World> {
  const seen: World["seen"] = [];
  const server: Server = createServer((request, response) => {
    seen.push({ url: request.url ?? "", headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: portOf(server), seen };
}

function portOf(server: TcpServer): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server listens on no port.");
  return address.port;
}

const answerKeys: RequestListener = (_request, response) => response.end('{"keys":[]}');

/** Plain http and names that all lead to loopback: what each test shuts or opens is its own. */
function rules(over: Partial<DestinationRules> = {}): DestinationRules {
  return { allowHttp: true, publicOnly: true, exceptions: ["http://*/**"], resolve: async () => [loopback], ...over };
}

/** The reason, which only the log is told. */
async function reasonOf(fetched: Promise<unknown>): Promise<string> {
  const error: unknown = await fetched.then(
    () => undefined,
    (refused: unknown) => refused,
  );
  expect(error).toMatchObject({
    code: "invalid_request",
    message: "The document at the client's URL could not be fetched.",
  });
  return error instanceof Error ? String(error.cause) : "";
}

describe("RFC 9101 §10.4: a text that a client names", () => {
  test("is fetched up to 16 kB, whatever its type", async () => {
    const { port, seen } = await aServer((request, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).end("x".repeat(Number(request.url?.slice(1))));
    });
    const guarded = outbound(rules());
    expect(await guarded.fetchText(`http://client:${port}/16384#fragment`)).toBe("x".repeat(16_384));
    await expect(guarded.fetchText(`http://client:${port}/16385`)).rejects.toThrow("longer than 16384 bytes");
    expect(seen.map(({ url }) => url)).toEqual(["/16384", "/16385"]);
  });

  test("is fetched by no redirect, from no inner address, and does not keep anybody waiting", async () => {
    const { port, seen } = await aServer((request, response) => {
      if (request.url === "/away") response.writeHead(302, { location: "/" }).end();
      else if (request.url === "/drops") response.write("x");
    });
    const limits = { milliseconds: 200, bytes: 1 };
    const guarded = outbound(rules(), limits);
    await expect(guarded.fetchText(`http://client:${port}/away`)).rejects.toThrow("status 302");
    await expect(guarded.fetchText(`http://client:${port}/silent`)).rejects.toThrow(/timeout|abort/i);
    await expect(guarded.fetchText(`http://client:${port}/drops`)).rejects.toThrow(/timeout|abort/i);
    const reached = seen.length;
    const shut = outbound(rules({ exceptions: [] }), limits);
    await expect(shut.fetchText(`http://client:${port}/`)).rejects.toThrow("not public");
    await expect(guarded.fetchText("file:///etc/passwd")).rejects.toThrow("not https");
    expect(seen.length).toBe(reached);
  });

  test("is fetched once for all who ask meanwhile, and not together with too many others", async () => {
    const waiting: Array<() => void> = [];
    const { port, seen } = await aServer((_request, response) => void waiting.push(() => response.end("x")));
    const guarded = outbound(rules());
    const ask = (path: number) => guarded.fetchText(`http://client:${port}/${path}`);
    const first = Array.from({ length: 10 }, () => ask(0));
    const others = Array.from({ length: 63 }, (_, index) => ask(index + 1));
    await expect(ask(64)).rejects.toThrow("Too many documents");
    while (seen.length < 64) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of waiting) answer();
    expect(new Set(await Promise.all([...first, ...others]))).toEqual(new Set(["x"]));
    expect(seen).toHaveLength(64);
    const again = ask(0);
    while (seen.length < 65) await new Promise((resolve) => setImmediate(resolve));
    waiting.at(-1)?.();
    expect(await again).toBe("x");
  });
});

describe("a document that a client names", () => {
  test("is fetched when an exception opens its URL", async () => {
    const { port, seen } = await aServer(answerKeys);
    const guarded = outbound(rules({ exceptions: [`http://keys:${port}/jwks`] }));
    expect(await guarded.fetchJson(`http://keys:${port}/jwks?a=b#fragment`)).toEqual({ keys: [] });
    expect(seen.map(({ url }) => url)).toEqual(["/jwks?a=b"]);
    expect(await reasonOf(guarded.fetchJson(`http://keys:${port}/other`))).toContain("not public");
    expect(seen.length).toBe(1);
  });

  test("is fetched from anywhere when the guard is switched off", async () => {
    const { port } = await aServer(answerKeys);
    const guarded = outbound(rules({ publicOnly: false, exceptions: [] }));
    expect(await guarded.fetchJson(`http://keys:${port}/`)).toEqual({ keys: [] });
  });

  test("HTTP-016: is asked for without cookies, credentials or traces", async () => {
    const { port, seen } = await aServer(answerKeys);
    await outbound(rules()).fetchJson(`http://keys:${port}/`);
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
    expect(seen[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test.each([
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f.1:PORT/",
    "http://017700000001:PORT/",
    "http://127.1:PORT/",
    "http://0:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://①②⑦.0.0.1:PORT/",
  ])("D24: at %s is refused, however the address is written", async (url) => {
    const { port, seen } = await aServer(answerKeys);
    const guarded = outbound({ allowHttp: true, publicOnly: true, exceptions: [] });
    expect(await reasonOf(guarded.fetchJson(url.replace("PORT", String(port))))).toContain("not public");
    expect(seen).toEqual([]);
  });

  test("D24: under a name that also has a private address is refused", async () => {
    const resolve = async () => [
      { address: "93.184.215.14", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
    const guarded = outbound(rules({ exceptions: [], resolve }));
    expect(await reasonOf(guarded.fetchJson("http://two-faced.example/"))).toContain("10.0.0.1, which is not public");
  });

  test("D24: under a name without an address is refused", async () => {
    expect(await reasonOf(outbound(rules({ resolve: async () => [] })).fetchJson("http://nowhere/"))).toContain(
      "no address",
    );
  });

  test("HTTP-016: is fetched from the address that was judged, though the name changes its answer", async () => {
    const { port, seen } = await aServer(answerKeys);
    const answers = [[loopback], [{ address: "127.0.0.2", family: 4 }]];
    let asked = 0;
    const guarded = outbound(rules({ resolve: async () => answers[asked++] ?? [] }));
    expect(await guarded.fetchJson(`http://rebinding:${port}/`)).toEqual({ keys: [] });
    expect([asked, seen.length]).toEqual([1, 1]);
  });

  test("HTTP-016: is not asked for over a connection that led elsewhere than was judged", async () => {
    const { port, seen } = await aServer(answerKeys);
    let looks = 0;
    const shifting: Address = {
      get address() {
        looks += 1;
        return looks === 1 ? "93.184.215.14" : "127.0.0.1";
      },
      family: 4,
    };
    const guarded = outbound(rules({ exceptions: [], resolve: async () => [shifting] }));
    expect(await reasonOf(guarded.fetchJson(`http://keys:${port}/`))).toContain("connection leads to 127.0.0.1");
    expect(seen).toEqual([]);
  });

  test("D24: over plain http is refused outside development", async () => {
    const { port, seen } = await aServer(answerKeys);
    const guarded = outbound(rules({ allowHttp: false, publicOnly: false }));
    expect(await reasonOf(guarded.fetchJson(`http://keys:${port}/`))).toContain("not https");
    expect(seen).toEqual([]);
  });

  test("over https is refused when nobody vouches for the server", async () => {
    const { port, seen } = await aServer(answerKeys);
    expect(await reasonOf(outbound(rules({ publicOnly: false })).fetchJson(`https://keys:${port}/`))).toMatch(
      /SSL|TLS|wrong version/i,
    );
    expect(seen).toEqual([]);
  });

  test.each([
    "ftp://keys/",
    "file:///etc/passwd",
    "data:application/json,{}",
    "javascript:1",
    "keys/jwks",
    "",
    "http://a:b@keys/",
  ])("at %j is refused before anything is asked", async (url) => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [loopback];
    };
    await reasonOf(outbound(rules({ publicOnly: false, resolve })).fetchJson(url));
    await reasonOf(outbound(rules({ publicOnly: false, resolve })).fetchJson(`http://keys/${"x".repeat(2048)}`));
    expect(asked).toBe(0);
  });

  test.each([301, 302, 303, 307, 308])("HTTP-016: behind a %i redirect is not followed", async (status) => {
    const { port, seen } = await aServer((_request, response) =>
      response.writeHead(status, { location: "/other" }).end("{}"),
    );
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/first`))).toContain(String(status));
    expect(seen.map(({ url }) => url)).toEqual(["/first"]);
  });

  test.each([204, 206, 404, 500])("with status %i is none", async (status) => {
    const { port } = await aServer((_request, response) => response.writeHead(status).end());
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).toContain(String(status));
  });

  test("HTTP-016: that is longer than the limit is given up when the limit is passed", async () => {
    let ended = 0;
    const { port } = await aServer((_request, response) => {
      response.on("close", () => {
        ended += 1;
      });
      const pour = (): void => {
        while (!response.destroyed && response.write(" ".repeat(65_536)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).toContain("longer than 524288 bytes");
    await expect.poll(() => ended).toBe(1);
  });

  test("of exactly the limit is read", async () => {
    const body = JSON.stringify({ text: "x".repeat(524_288 - '{"text":""}'.length) });
    const { port } = await aServer((_request, response) => response.end(body));
    expect(await outbound(rules()).fetchJson(`http://keys:${port}/`)).toEqual({ text: expect.any(String) });
    const longer = await aServer((_request, response) => response.end(`${body} `));
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${longer.port}/`))).toContain("longer");
  });

  test.each(["gzip", "br", "deflate", "identity, gzip"])(
    "HTTP-016: encoded as %s is refused, as it may grow",
    async (encoding) => {
      const { port } = await aServer((_request, response) => {
        response.writeHead(200, { "content-encoding": encoding }).end(gzipSync(Buffer.alloc(1_000_000)));
      });
      expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).toContain("encoded");
    },
  );

  const hurried = { milliseconds: 100, bytes: 1000 };

  test("HTTP-016: from a server that accepts and says nothing is given up in time", async () => {
    const server = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const port = portOf(server);
    expect(await reasonOf(outbound(rules(), hurried).fetchJson(`http://keys:${port}/`))).toMatch(/abort|timeout/i);
  });

  test("HTTP-016: that comes a byte at a time is given up in time", async () => {
    const { port } = await aServer((_request, response) => {
      const drip = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(drip));
    });
    expect(await reasonOf(outbound(rules(), hurried).fetchJson(`http://keys:${port}/`))).toMatch(/abort|timeout/i);
  });

  test("HTTP-016: under a name that never resolves is given up in time", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    expect(await reasonOf(outbound(rules({ resolve }), hurried).fetchJson("http://slow/"))).toMatch(/abort|timeout/i);
  });

  test("with headers of more than 16 KiB is refused", async () => {
    const { port } = await aServer((_request, response) =>
      response.writeHead(200, { x: "y".repeat(20_000) }).end("{}"),
    );
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).toMatch(/overflow/i);
  });

  test("that is cut off is no document", async () => {
    const { port } = await aServer((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{}", () => response.destroy());
    });
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).not.toBe("");
  });

  test.each(["", "[]", "null", '"text"', "{", "<html>", '{"a":"\\u0000"}', `${'{"a":'.repeat(50)}1${"}".repeat(50)}`])(
    "that says %j is no JSON object of ours",
    async (body) => {
      const { port } = await aServer((_request, response) => response.end(body));
      await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`));
    },
  );

  test("that nobody serves is refused, and the refusal tells no more than any other", async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await reasonOf(outbound(rules()).fetchJson(`http://keys:${port}/`))).toContain("ECONNREFUSED");
  });
});
