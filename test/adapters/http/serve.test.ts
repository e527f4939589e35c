import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { OAuthError } from "../../../src/protocol/errors.ts";
import { echo, gate, now, openPort, route } from "./world.ts";

const json = (response: Response): Promise<unknown> => response.json();

describe("what an endpoint is given", () => {
  test("the method, the path without its trailing slash, the raw query, the time of the port's clock", async () => {
    const world = await openPort({ routes: [route("GET", "/a/{id}")] });
    const seen = await json(await world.fetch("/a/x%20y/?q=%20&q=+"));
    expect(seen).toMatchObject({
      method: "GET",
      path: "/a/x%20y",
      query: "q=%20&q=+",
      params: { id: "x y" },
      body: "",
      now: now.toISOString(),
      remoteAddress: "127.0.0.1",
    });
  });

  test("the body as text, in both protocols' spelling of its length", async () => {
    const world = await openPort({ routes: [route("POST", "/a")] });
    const whole = await world.fetch("/a", { method: "POST", body: "grüße=1" });
    expect(await json(whole)).toMatchObject({ body: "grüße=1" });
    const chunks = "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await world.say(`${chunks}2\r\nab\r\n1\r\nc\r\n0\r\n\r\n`)).toContain('"body":"abc"');
  });

  test("an absolute target's authority is ignored (RFC 9112 §3.2.2, DISC-002)", async () => {
    const world = await openPort({ routes: [route("GET", "/a")] });
    const heard = await world.say("GET http://evil.example/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expect(heard).toContain('"path":"/a","query":"b"');
  });
});

describe("what is refused before an endpoint is asked", () => {
  const post = (headers: string, body: string | Buffer = "") =>
    Buffer.concat([
      Buffer.from(`POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`),
      Buffer.from(body),
    ]);
  const open = () => openPort({ routes: [route("POST", "/a")], limits: { bodyBytes: 10 } });

  test("TOK-012: a body above the limit is 413 and the connection ends, announced or chunked", async () => {
    const world = await open();
    const announced = await world.say(post("Content-Length: 11\r\n"));
    expect(announced).toMatch(/^HTTP\/1\.1 413 .*connection: close/is);
    const chunked = await world.say(post("Transfer-Encoding: chunked\r\n", "b\r\nabcdefghijk\r\n"));
    expect(chunked).toMatch(/^HTTP\/1\.1 413 .*"payload_too_large"/s);
    expect(await world.say(post("Content-Length: 10\r\n", "abcdefghij"))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    ["a lone continuation byte", [0x61, 0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
  ])("TOK-014: %s is no UTF-8: 400", async (_what, bytes) => {
    const world = await open();
    const heard = await world.say(post(`Content-Length: ${bytes.length}\r\n`, Buffer.from(bytes)));
    expect(heard).toMatch(/^HTTP\/1\.1 400 .*"invalid_request"/s);
  });

  test("TOK-013: a compressed body is 415 and not unpacked; identity is no compression", async () => {
    const world = await open();
    const packed = gzipSync("a=b");
    const heard = await world.say(post(`Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n`, packed));
    expect(heard).toMatch(/^HTTP\/1\.1 415 /);
    const plain = await world.say(post("Content-Encoding: identity\r\nContent-Length: 3\r\n", "a=b"));
    expect(plain).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(["Authorization: Basic YTpi", "Content-Type: text/plain", "Origin: https://a.example"])(
    "D36: a second header like '%s' is invalid_request, even with the same value",
    async (header) => {
      const world = await open();
      const heard = await world.say(post(`${header}\r\n${header.toUpperCase()}\r\nContent-Length: 0\r\n`));
      expect(heard).toMatch(/^HTTP\/1\.1 400 .*"invalid_request"/s);
      expect(world.answered.map(({ endpoint }) => endpoint)).toEqual([""]);
    },
  );

  test("D36: a second Host is 400", async () => {
    const world = await open();
    expect(await world.say(post("Host: y\r\nContent-Length: 0\r\n"))).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("headers that may be repeated are joined", async () => {
    const world = await open();
    const heard = await world.say(post("Cookie: a=1\r\nCookie: b=2\r\nContent-Length: 0\r\n"));
    expect(heard).toContain('"cookie":"a=1; b=2"');
  });

  test("HTTP-013: names of an object's own members are headers like any other", async () => {
    const world = await open();
    const heard = await world.say(post("__proto__: x\r\nconstructor: y\r\nhasOwnProperty: z\r\nContent-Length: 0\r\n"));
    expect(heard).toMatch(/^HTTP\/1\.1 200 .*"constructor":"y"/s);
  });

  test.each(["/a\x7f", "/a#b", "/\xe4"])("a target that no URL holds is 400: %j", async (target) => {
    const world = await open();
    const heard = await world.say(
      Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, "latin1"),
    );
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("HTTP-006: one spelling of a path", () => {
  test.each([
    "//a/b",
    "/a//b",
    "/a/./b",
    "/x/../a/b",
    "/a%2fb",
    "/a%2Fb",
    "/%61/b",
    "/A/b",
    "/a/b//",
    "/a/b;x",
    "/a/b%00",
  ])("%s is not /a/b: 404", async (path) => {
    const world = await openPort({ routes: [route("GET", "/a/b")] });
    const heard = await world.say(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(heard).toMatch(/^HTTP\/1\.1 404 /);
    expect(world.answered[0]?.endpoint).toBe("");
  });

  test("ADM-016: an encoded slash in an id stays within the id; NUL and broken encodings are 400", async () => {
    const world = await openPort({ routes: [route("GET", "/a/{id}")] });
    expect(await json(await world.fetch("/a/x%2Fy"))).toMatchObject({ params: { id: "x/y" } });
    expect(await json(await world.fetch("/a/x%252Fy"))).toMatchObject({ params: { id: "x%2Fy" } });
    expect((await world.fetch("/a/x%00y")).status).toBe(400);
    expect((await world.fetch("/a/%ed%a0%80")).status).toBe(400);
    expect((await world.fetch("/a/%zz")).status).toBe(400);
    expect((await world.fetch(`/a/${"x".repeat(3000)}`)).status).toBe(404);
  });
});

describe("methods", () => {
  const routes = [route("POST", "/token"), route("GET", "/page"), route("POST", "/page")];

  test.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND"])(
    "TOK-001: %s where only POST is served is 405 with Allow, and no endpoint is asked",
    async (method) => {
      const world = await openPort({ routes });
      const heard = await world.say(
        `${method} /token?client_secret=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(heard).toMatch(/^HTTP\/1\.1 405 /);
      expect(heard).toMatch(/^allow: POST\r$/m);
      expect(world.answered[0]?.endpoint).toBe("");
    },
  );

  test("HTTP-005: HEAD and OPTIONS reach no endpoint, also where GET does", async () => {
    const world = await openPort({ routes });
    for (const method of ["HEAD", "OPTIONS"]) {
      const response = await world.fetch("/page", { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, POST");
    }
    expect(world.answered.map(({ endpoint }) => endpoint)).toEqual(["", ""]);
  });

  test("HTTP-004: a method override is ignored", async () => {
    const world = await openPort({ routes });
    const response = await world.fetch("/page?_method=DELETE", { headers: { "x-http-method-override": "POST" } });
    expect(await json(response)).toMatchObject({ method: "GET" });
  });
});

describe("paths that are not there", () => {
  test("ADM-001: on the public port an admin path and any other unknown path are answered alike", async () => {
    const world = await openPort({ routes: [route("POST", "/oauth2/token")] });
    const spellings = [
      "/admin/clients",
      "/clients",
      "/ADMIN/clients",
      "/admin//clients",
      "/admin/clients/",
      "/nothing",
    ];
    const answers = await Promise.all(
      spellings.map(async (path) => {
        const response = await world.fetch(path);
        const { date: _, ...headers } = Object.fromEntries(response.headers);
        return { status: response.status, headers, body: await response.text() };
      }),
    );
    expect(answers[0]?.status).toBe(404);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test("the admin port says of a public path where it belongs", async () => {
    const world = await openPort({ name: "admin", routes: [route("GET", "/admin/oauth2/clients")] });
    const misled = await json(await world.fetch("/oauth2/token", { method: "POST" }));
    expect(misled).toMatchObject({ error: "not_found", error_description: expect.stringContaining("public port") });
    const unknown = await json(await world.fetch("/nothing"));
    expect(unknown).toMatchObject({ error_description: expect.not.stringContaining("public port") });
  });

  test("HTTP-019: no answer repeats the path or names the framework", async () => {
    const world = await openPort({ routes: [route("POST", "/a")], limits: { bodyBytes: 1 } });
    const probes = ["GET /%3Cb%3Exx", "GET /a", "GET /xx%zz", "POST /a", "GET /xx\x01"];
    for (const probe of probes) {
      const heard = await world.say(`${probe} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nxx`);
      expect(heard).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(heard).not.toMatch(/fastify|node|FST_|xx/i);
    }
  });
});

describe("the admin port's prefix", () => {
  test("is put before the known paths that lack it, as Hydra does, and before no other", async () => {
    const rpcPaths: string[] = [];
    const world = await openPort({
      name: "admin",
      routes: [route("GET", "/admin/clients/{id}")],
      rpc: (request, response) => {
        rpcPaths.push(request.url ?? "");
        if (request.url !== "/tessera.v1.S/M") return false;
        response.end("rpc");
        return true;
      },
    });
    expect(await json(await world.fetch("/clients/a/"))).toMatchObject({ path: "/admin/clients/a" });
    expect(await json(await world.fetch("/admin/clients/a"))).toMatchObject({ path: "/admin/clients/a" });
    expect((await world.fetch("/admin/admin/clients/a")).status).toBe(404);
    expect(await (await world.fetch("/tessera.v1.S/M")).text()).toBe("rpc");
    expect(rpcPaths[0]).toBe("/clients/a/");
  });

  test("is no concern of the public port", async () => {
    const world = await openPort({ routes: [route("GET", "/admin/clients/{id}")] });
    expect((await world.fetch("/clients/a")).status).toBe(404);
  });
});

describe("what every answer bears", () => {
  test("nosniff, no referrer, no-store, and the request's id", async () => {
    const world = await openPort({ routes: [route("GET", "/a")] });
    for (const path of ["/a", "/unknown"]) {
      const { headers } = await world.fetch(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-request-id")).toBe("made-by-the-port");
    }
  });

  test.each([
    ["a proxy's id is kept", "0af7651916cd43dd-1", "0af7651916cd43dd-1"],
    ["markup is replaced", "<script>alert(1)</script>", "made-by-the-port"],
    ["a novel is replaced", "a".repeat(65), "made-by-the-port"],
  ])("OPS-008: %s", async (_what, sent, kept) => {
    const world = await openPort({ routes: [route("GET", "/a")] });
    const response = await world.fetch("/a", { headers: { "x-request-id": sent } });
    expect(response.headers.get("x-request-id")).toBe(kept);
    expect(world.answered[0]?.requestId).toBe(kept);
  });

  test("HTTP-007: nothing is compressed, no range is served, no token answer is 304", async () => {
    const world = await openPort({ routes: [route("GET", "/a")] });
    const headers = { "accept-encoding": "gzip", range: "bytes=0-1", "if-none-match": "*" };
    const response = await world.fetch("/a", { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(response.headers.get("content-range")).toBeNull();
  });

  test("no CORS header, whatever the origin", async () => {
    const world = await openPort({ routes: [route("GET", "/a")] });
    const response = await world.fetch("/a", { headers: { origin: "https://a.example" } });
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("refusals and faults", () => {
  test("a refusal thrown by an endpoint is answered in its own words and status", async () => {
    const refusing = route("GET", "/a", () => {
      throw new OAuthError("invalid_scope", "Not this one.");
    });
    const world = await openPort({ routes: [refusing] });
    const response = await world.fetch("/a");
    expect(response.status).toBe(400);
    expect(await json(response)).toEqual({ error: "invalid_scope", error_description: "Not this one." });
    expect(world.faults).toEqual([]);
  });

  test("ADM-023, HTTP-020: a fault is server_error, tells nothing, is logged with its cause, and only that request fails", async () => {
    const broken = route("GET", "/broken", () => {
      throw new RangeError("select * from secrets");
    });
    const world = await openPort({ routes: [broken, route("GET", "/a")] });
    const response = await world.fetch("/broken");
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: "server_error" });
    expect(text).not.toContain("select");
    expect(world.faults).toMatchObject([
      { endpoint: "/broken", request_id: "made-by-the-port", error: expect.any(RangeError) },
    ]);
    expect((await world.fetch("/a")).status).toBe(200);
  });

  test("D26: in dev mode the cause is told", async () => {
    const broken = route("GET", "/broken", () => Promise.reject(new RangeError("out of tea")));
    const world = await openPort({ routes: [broken], dev: true });
    expect(await json(await world.fetch("/broken"))).toMatchObject({
      error_description: expect.stringContaining("RangeError: out of tea"),
    });
  });

  test("a reply that HTTP cannot carry becomes server_error", async () => {
    const split = route("GET", "/a", () => ({ status: 302, headers: { location: "/x\r\nset-cookie: a" }, body: "" }));
    const world = await openPort({ routes: [split] });
    const response = await world.fetch("/a");
    expect(response.status).toBe(500);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(world.faults).toHaveLength(1);
  });
});

describe("what is told of a request", () => {
  test("once, with the route's template, status, sizes and time; never a body", async () => {
    const world = await openPort({
      routes: [route("POST", "/a/{id}", () => ({ status: 201, headers: {}, body: "made" }))],
    });
    await world.fetch("/a/42?x=y", { method: "POST", body: "client_secret=hush" });
    expect(world.answered).toEqual([
      {
        method: "POST",
        path: "/a/42",
        query: "x=y",
        endpoint: "/a/{id}",
        status: 201,
        seconds: expect.any(Number),
        requestBytes: 18,
        responseBytes: 4,
        remoteAddress: "127.0.0.1",
        requestId: "made-by-the-port",
      },
    ]);
  });

  test("a caller that goes away counts as 499", async () => {
    const { promise: asked, resolve: haveAsked } = gate();
    const { promise: released, resolve: release } = gate();
    const slow = route("GET", "/slow", async (request) => {
      haveAsked();
      await released;
      return echo(request);
    });
    const { promise: told, resolve: tell } = gate();
    const statuses: number[] = [];
    const world = await openPort({
      routes: [slow],
      answered: ({ status }) => {
        statuses.push(status);
        tell();
      },
    });
    const leaving = new AbortController();
    const left = world.fetch("/slow", { signal: leaving.signal });
    await asked;
    leaving.abort();
    await expect(left).rejects.toThrow();
    await told;
    release();
    expect(statuses).toEqual([499]);
  });
});
