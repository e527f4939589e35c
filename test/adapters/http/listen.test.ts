import { rm } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { selfSigned } from "./certificate.ts";
import { gate, openPort, route } from "./world.ts";

const hello = route("GET", "/hello", () => ({ status: 200, headers: {}, body: "hello" }));
const get = (headers = "") => `GET /hello HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

function connect(url: string, options?: http2.SecureClientSessionOptions): http2.ClientHttp2Session {
  const session = http2.connect(url, options);
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  return session;
}

interface H2Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function ask(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders): Promise<H2Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status: number | undefined;
    let body = "";
    stream.setEncoding("utf8");
    stream.on("response", (answer) => {
      status = answer[":status"];
    });
    stream.on("data", (chunk) => {
      body += chunk;
    });
    stream.on("end", () => resolve({ status, body }));
    stream.on("error", reject);
  });
}

describe("one port, two protocols", () => {
  test("HTTP/1.1 and HTTP/2 with prior knowledge are told apart by their first bytes (RFC 9113 §3.3)", async () => {
    const world = await openPort({ routes: [hello] });
    expect(await (await world.fetch("/hello")).text()).toBe("hello");
    expect(await ask(connect(world.url), { ":path": "/hello" })).toEqual({ status: 200, body: "hello" });
    expect(world.answered.map(({ status, endpoint }) => [status, endpoint])).toEqual([
      [200, "/hello"],
      [200, "/hello"],
    ]);
  });

  test("a preface that comes in pieces is still one, and what only begins like it is HTTP/1.1", async () => {
    const world = await openPort({ routes: [hello] });
    const frames = await new Promise<Buffer>((resolve) => {
      const socket = net.connect(world.port, "127.0.0.1");
      onTestFinished(() => void socket.destroy());
      socket.setNoDelay(true);
      socket.once("data", resolve);
      socket.write("PRI * HT", () => socket.write("TP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"));
    });
    // RFC 9113 §3.4: the server's preface is a SETTINGS frame (type 4).
    expect(frames[3]).toBe(4);
    expect(await world.say("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")).toContain("HTTP/1.1 400");
  });

  test("over TLS, ALPN decides, and nothing below TLS 1.2 is spoken (RFC 9325 §3.1.1)", async () => {
    const { key, cert } = selfSigned();
    const { port } = await openPort({ routes: [hello], tls: { key, cert } });
    const h2 = connect(`https://localhost:${port}`, {
      ca: cert,
      lookup: (_n, _o, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    });
    expect(await ask(h2, { ":path": "/hello" })).toEqual({ status: 200, body: "hello" });

    const overTls = (options: tls.ConnectionOptions) =>
      new Promise<string>((resolve) => {
        const socket = tls.connect({ port, host: "127.0.0.1", servername: "localhost", ca: cert, ...options });
        let heard = "";
        socket.on("secureConnect", () => socket.write(get("Connection: close\r\n")));
        socket.on("data", (chunk) => {
          heard += chunk.toString("latin1");
        });
        socket.on("error", (error) => resolve(error.message));
        socket.on("close", () => resolve(heard));
      });
    const plain = await overTls({ ALPNProtocols: ["http/1.1"] });
    expect(plain).toMatch(/^HTTP\/1\.1 200/);
    expect(plain).toMatch(/strict-transport-security: max-age=\d+/);
    const old = await overTls({ minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(old).not.toContain("200");
  });

  test("a unix socket is a place too, and a file that a killed process left is no obstacle", async () => {
    const path = join(tmpdir(), `tessera-${process.pid}-${performance.now()}.sock`);
    onTestFinished(() => rm(path, { force: true }));
    await openPort({ routes: [hello], host: `unix:${path}`, port: 0 });
    const status = await new Promise((resolve) =>
      http.get({ socketPath: path, path: "/hello" }, (response) => resolve(response.resume().statusCode)),
    );
    expect(status).toBe(200);
    await expect(openPort({ host: `unix:${path}` })).rejects.toThrow(/EADDRINUSE/);
  });
});

describe("HTTP-001: who is slow is let go", () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 300 };

  test("a connection that says nothing is closed", async () => {
    const world = await openPort({ routes: [hello], limits });
    expect(await world.say("")).toBe("");
  });

  test("a header that does not end is closed, though bytes keep coming", async () => {
    const world = await openPort({ routes: [hello], limits });
    const heard = await new Promise<string>((resolve) => {
      const socket = net.connect(world.port, "127.0.0.1");
      const drip = setInterval(() => socket.write("X"), 20);
      let text = "";
      socket.write("GET /hello HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      socket.on("data", (chunk) => {
        text += chunk.toString();
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    expect(heard).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("a body that does not end is closed", async () => {
    const world = await openPort({ routes: [route("POST", "/echo")], limits });
    const heard = await world.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    expect(heard).toBe("");
  });

  test("a body over HTTP/2 that does not end is cancelled", async () => {
    const world = await openPort({ routes: [route("POST", "/echo")], limits });
    const headers = { ":method": "POST", ":path": "/echo", "content-type": "text/plain" };
    const stream = connect(world.url).request(headers).resume();
    stream.write("abc");
    const code = await new Promise((resolve) =>
      stream.on("error", () => {}).on("close", () => resolve(stream.rstCode)),
    );
    expect(code).toBe(http2.constants.NGHTTP2_CANCEL);
  });

  test("an idle connection is closed in both protocols, whatever it pings", async () => {
    const world = await openPort({ routes: [hello], limits: { keepAliveTimeoutMs: 100 } });
    const session = connect(world.url);
    const pinging = setInterval(() => !session.closed && !session.destroyed && session.ping(() => {}), 20);
    onTestFinished(() => clearInterval(pinging));
    await Promise.all([world.say(get()), new Promise((resolve) => session.on("close", resolve))]);
  });
});

describe("HTTP-002: no two readers of one request disagree (RFC 9112 §11.2)", () => {
  const post = (headers: string, body = "") => `POST /echo HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
  const garbage: ReadonlyArray<readonly [what: string, text: string]> = [
    ["Content-Length and Transfer-Encoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab")],
    ["a space before the colon", post("Content-Length : 0\r\n")],
    ["bare LF", "POST /echo HTTP/1.1\nHost: x\n\n"],
    ["a folded header", post("X-A: b\r\n c\r\n")],
    ["a signed length", post("Content-Length: +1\r\n", "a")],
    ["no Host", "GET /hello HTTP/1.1\r\n\r\n"],
    ["NUL in a header", post("X-A: a\0b\r\n")],
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["an unknown method", "FROB /hello HTTP/1.1\r\nHost: x\r\n\r\n"],
  ];

  test.each(garbage)("%s: 400, and the connection ends", async (_what, text) => {
    const world = await openPort({ routes: [route("POST", "/echo"), hello] });
    const heard = await world.say(`${text}${get("Connection: close\r\n")}`);
    expect(heard).toMatch(/^HTTP\/1\.1 400 /);
    expect(heard).not.toContain("hello");
  });

  test.each([
    ["an unknown transfer coding", "Transfer-Encoding: xchunked\r\n"],
    ["a transfer coding after chunked", "Transfer-Encoding: chunked, gzip\r\n"],
  ])("%s: no endpoint is asked, and the connection ends", async (_what, header) => {
    const world = await openPort({ routes: [route("POST", "/echo"), hello] });
    const heard = await world.say(`${post(header)}0\r\n\r\n${get("Connection: close\r\n")}`);
    expect(heard).toMatch(/^(HTTP\/1\.1 400 .*)?$/s);
    expect(world.answered.map(({ endpoint }) => endpoint)).not.toContain("/echo");
    expect(heard).not.toContain("hello");
  });

  test("a megabyte of chunk extensions: refused, and the connection ends", async () => {
    const world = await openPort({ routes: [route("POST", "/echo")] });
    const heard = await world.say(post("Transfer-Encoding: chunked\r\n", `1;${"x".repeat(1 << 20)}\r\na\r\n0\r\n\r\n`));
    expect(heard).toMatch(/^(HTTP\/1\.1 4\d\d .*)?$/s);
  });
});

describe("HTTP-003, HTTP-018: headers and upgrades", () => {
  test("a header above 16 KiB is 431", async () => {
    const world = await openPort({ routes: [hello] });
    expect(await world.say(get(`X-A: ${"a".repeat(17_000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("2,000 headers are refused, none is dropped silently", async () => {
    const world = await openPort({ routes: [hello] });
    expect(await world.say(get(`${"a:b\r\n".repeat(2000)}Connection: close\r\n`))).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a header that is too large over HTTP/2 does not reach an endpoint", async () => {
    const world = await openPort({ routes: [hello] });
    const { status } = await ask(connect(world.url), { ":path": "/hello", "x-a": "a".repeat(20_000) });
    expect(status).toBe(400);
    expect(world.answered.map(({ endpoint }) => endpoint)).toEqual([""]);
  });

  test("an upgrade is refused; HTTP/2's, which clients offer unasked, is ignored (RFC 9110 §7.8)", async () => {
    const world = await openPort({ routes: [hello] });
    const upgrade = (to: string) => world.say(get(`Connection: upgrade, close\r\nUpgrade: ${to}\r\n`));
    expect(await upgrade("websocket")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await upgrade("h2c")).toMatch(/^HTTP\/1\.1 200 /);
    expect(await world.say("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")).not.toContain("200");
  });
});

describe("a port that closes", () => {
  test("finishes what runs, tells HTTP/1.1 to close and HTTP/2 to go away, and takes nobody new", async () => {
    const { promise: released, resolve: release } = gate();
    const { promise: both, resolve: haveBoth } = gate();
    let running = 0;
    const slow = route("GET", "/slow", async () => {
      running += 1;
      if (running === 2) haveBoth();
      await released;
      return { status: 200, headers: {}, body: "late" };
    });
    const world = await openPort({ routes: [slow] });
    const session = connect(world.url);
    const goAway = new Promise((resolve) => session.on("goaway", resolve));
    const h1 = world.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    const h2 = ask(session, { ":path": "/slow" });
    await both;
    const closed = world.close(5_000);
    await goAway;
    await expect(world.fetch("/slow")).rejects.toThrow();
    release();
    expect(await h1).toMatch(/^HTTP\/1\.1 200 .*late$/s);
    expect(await h2).toEqual({ status: 200, body: "late" });
    await closed;
  });

  test("cuts what is left when its time is over", async () => {
    const { promise: started, resolve: start } = gate();
    const endless = route("GET", "/endless", () => {
      start();
      return new Promise(() => {});
    });
    const world = await openPort({ routes: [endless] });
    const heard = world.say("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    await started;
    await world.close(50);
    expect(await heard).toBe("");
    expect(world.answered[0]?.status).toBe(499);
  });

  test("OPS-003: is not ready from that moment on, and says so on connections that are open", async () => {
    const state = { isDraining: false };
    const page = {
      path: "/health/ready",
      load: () => ({ status: 200, headers: {}, body: "ok" }),
      freshSeconds: 60,
      staleSeconds: 0,
    };
    const world = await openPort({ pages: [page], isDraining: () => state.isDraining });
    expect((await world.fetch("/health/ready")).status).toBe(200);
    expect((await world.fetch("/health/ready")).status).toBe(200);
    state.isDraining = true;
    const answer = await world.say("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer.toLowerCase()).toContain("connection: close");
  });
});
