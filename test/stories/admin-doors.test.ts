/** Who reaches the admin port: nobody through the public one, no page of another site, no name that is not ours. */
import { connect } from "node:http2";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { ClientService } from "../../src/gen/tessera/admin/v1/client_service_pb.js";
import { selfSigned } from "../adapters/http/certificate.ts";
import { say } from "../adapters/http/world.ts";
import { newClient } from "../support/code-flow.ts";
import { caller } from "../support/rpc-callers.ts";
import { send, startWorld, type World, type WorldOptions } from "../support/server.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

const portOf = (url: string) => Number(new URL(url).port);

/** A request as it is written, and the whole answer but for what differs in every one. */
async function spoken(url: string, method: string, target: string, head = "Host: 127.0.0.1"): Promise<string> {
  const request = `${method} ${target} HTTP/1.1\r\n${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  const answer = await say(portOf(url), request);
  return answer.replace(/^(x-request-id|date): .*\r\n/gim, "");
}

const statusOf = (answer: string) => Number(answer.split(" ")[1]);

const adminPaths = [
  "/admin/clients",
  "/admin/clients/some-client",
  "/admin/oauth2/introspect",
  "/admin/oauth2/auth/requests/login?login_challenge=x",
  "/admin/oauth2/auth/requests/login/accept?login_challenge=x",
  "/admin/oauth2/auth/requests/consent?consent_challenge=x",
  "/admin/oauth2/auth/requests/consent/accept?consent_challenge=x",
  "/admin/keys/openid.id-token",
  "/admin/trust/grants/jwt-bearer/issuers",
  "/admin/oauth2/auth/sessions/consent?subject=alice",
  "/admin/version",
  "/admin/metrics/prometheus",
  "/admin/health/ready",
  "/tessera.admin.v1.ClientService/ListClients",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "/grpc.health.v1.Health/Check",
];

describe("ADM-001, GRPC-003: an admin path on the public port is answered as any path that is not there", () => {
  const spellings: ReadonlyArray<readonly [name: string, spell: (path: string) => string]> = [
    ["as it is", (path) => path],
    ["without the prefix", (path) => path.replace(/^\/admin(?!\/health)/, "")],
    ["in capitals", (path) => path.toUpperCase()],
    ["with a slash behind", (path) => path.replace(/(?=\?|$)/, "/")],
    ["with two slashes in front", (path) => `/${path}`],
    ["with two slashes inside", (path) => path.replace("/admin/", "/admin//")],
    ["with a dot segment", (path) => `/.${path}`],
    ["out of a public path", (path) => `/oauth2/..${path}`],
    ["with an encoded dot segment", (path) => `/oauth2/%2e%2e${path}`],
    ["with an encoded slash", (path) => path.replace(/(?<=\w)\//, "%2F")],
    ["with an encoded letter", (path) => path.replace("a", "%61")],
    ["with a parameter of a segment", (path) => path.replace(/^\/\w+/, "$&;x=1")],
    ["as an absolute target", (path) => world.adminUrl + path],
  ];

  test.each(spellings)("%s", async (_, spell) => {
    for (const method of ["GET", "POST", "PUT"]) {
      const unknown = await spoken(world.publicUrl, method, "/no-such-path");
      expect(statusOf(unknown)).toBe(404);
      const answers = await Promise.all(adminPaths.map((path) => spoken(world.publicUrl, method, spell(path))));
      for (const answer of answers) expect(answer).toBe(unknown);
    }
  });

  test("gRPC, gRPC-Web and Connect find no service there", async () => {
    for (const protocol of ["gRPC by grpc-js", "gRPC-Web", "Connect over HTTP/1.1", "Connect over HTTP/2"] as const) {
      const client = caller(protocol, portOf(world.publicUrl));
      const { answer, refused } = await client.ask(ClientService.method.listClients, {});
      client.close();
      expect(answer).toBeUndefined();
      expect(refused?.code).toBe("Unimplemented");
    }
  });
});

describe("ADM-002: where the admin port listens", () => {
  const warningsOf = (host: string | undefined) => {
    const over = host === undefined ? {} : { "serve.admin.host": host };
    return loadConfig({ flags: { dev: true, "secrets.system": ["a secret of the tests only"], ...over } });
  };

  test("on the loopback interface, unless somebody says otherwise; then they are warned", () => {
    expect(warningsOf(undefined).config["serve.admin.host"]).toBe("127.0.0.1");
    for (const host of [undefined, "127.0.0.1", "::1", "localhost", "unix:/run/admin.sock"]) {
      expect(warningsOf(host).warnings.join()).not.toContain("serve.admin.host");
    }
    for (const host of ["0.0.0.0", "::", "10.0.0.1", ""]) {
      expect(warningsOf(host).warnings.join()).toContain("whoever reaches that port may do everything");
    }
  });
});

describe("ADM-004: a page of another site", () => {
  const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site", cookie: "ory_hydra_session_dev=x" };
  const body = '{"client_id":"planted"}';
  /** What a page may send without asking first (Fetch §2.2.2), and a body without any type. */
  const simpleTypes = ["text/plain", "text/plain;application/json", "multipart/form-data; boundary=x", ""];
  simpleTypes.push("application/x-www-form-urlencoded", "application/json-patch", "text/json");

  test.each(simpleTypes)("writes nothing with a body of type '%s'", async (type) => {
    const headers = { ...foreign, ...(type === "" ? {} : { "content-type": type }) };
    for (const path of ["/admin/clients", "/clients", "/tessera.admin.v1.ClientService/CreateClient"]) {
      const answer = await send("POST", world.adminUrl + path, body, headers);
      expect(answer.status).toBe(415);
    }
    expect((await world.admin("GET", "/admin/clients/planted")).status).toBe(404);
  });

  test("gets no leave to ask anything else, nor to read an answer", async () => {
    const headers = { ...foreign, "access-control-request-method": "DELETE" };
    const client = await newClient(world);
    const preflight = await send("OPTIONS", `${world.adminUrl}/admin/clients/${client.id}`, undefined, headers);
    expect(preflight.status).toBe(405);
    const read = await send("GET", `${world.adminUrl}/admin/clients`, undefined, foreign);
    const form = { ...foreign, "content-type": "application/x-www-form-urlencoded" };
    const introspected = await send("POST", `${world.adminUrl}/admin/oauth2/introspect`, "token=x", form);
    for (const answer of [preflight, read, introspected]) {
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(answer.headers).toMatchObject({ "x-content-type-options": "nosniff" });
      expect(answer.headers).not.toHaveProperty("set-cookie");
    }
  });
});

describe("ADM-005: a name that leads to the loopback interface and is not ours", () => {
  const asked = async (url: string, host: string) => {
    const answers = ["/admin/clients", "/health/alive", "/no-such-path"].map((path) =>
      spoken(url, "GET", path, `Host: ${host}`),
    );
    return (await Promise.all(answers)).map(statusOf);
  };

  test.each([
    ...[
      "evil.example",
      "evil.example:4445",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "evil.localhost.example",
    ],
    ...[
      "127.0.0.1@evil.example",
      "127.0.0.1 evil.example",
      "evil.example#localhost",
      "[::1].evil.example",
      "",
      ".",
      ":80",
    ],
  ])("'%s' is refused, whatever is asked", async (host) => {
    for (const status of await asked(world.adminUrl, host)) expect([400, 403]).toContain(status);
    expect(await spoken(world.adminUrl, "GET", "/admin/clients", `Host: ${host}`)).not.toContain("[");
  });

  test.each([
    ...["127.0.0.1", "127.0.0.1:9999", "127.1.2.3", "localhost", "LOCALHOST:4445", "localhost.", "a.localhost"],
    ...["[::1]:4445", "10.1.2.3:80"],
  ])("'%s' is answered", async (host) => {
    expect(await asked(world.adminUrl, host)).toEqual([200, 200, 404]);
  });

  test("over HTTP/2 the authority is the name, for gRPC too, and a Host beside it counts as well", async () => {
    const status = async (headers: Record<string, string>): Promise<unknown> => {
      const session = connect(world.adminUrl);
      onTestFinished(() => session.destroy());
      const stream = session.request({ ":path": "/admin/clients", ...headers });
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      stream.on("response", (answer) => resolve(answer[":status"])).on("error", reject);
      stream.end();
      return promise;
    };
    const grpc = { ":method": "POST", ":path": "/tessera.admin.v1.ClientService/ListClients" };
    const type = { "content-type": "application/grpc", te: "trailers" };
    expect(await status({})).toBe(200);
    expect(await status({ ":authority": "evil.example:4445" })).toBe(403);
    expect(await status({ ":authority": "localhost", host: "evil.example" })).toBe(403);
    expect(await status({ ...grpc, ...type, ":authority": "evil.example" })).toBe(403);
    expect(await status({ ...grpc, ...type, ":authority": "localhost" })).toBe(200);
  });

  test("urls.self.admin names a name that is ours; who listens to the network has names that nobody here knows", async () => {
    const start = async (settings: WorldOptions["settings"]) => {
      const other = await startWorld({ settings: { ...settings } });
      onTestFinished(() => other.close());
      return other;
    };
    const named = await start({ "urls.self.admin": "http://admin.internal:4445/x" });
    expect(await asked(named.adminUrl, "Admin.Internal:80")).toEqual([200, 200, 404]);
    expect(await asked(named.adminUrl, "other.internal")).toEqual([403, 403, 403]);
    const open = await start({ "serve.admin.host": "0.0.0.0" });
    expect(await asked(open.adminUrl, "tessera-admin.default.svc:4445")).toEqual([200, 200, 404]);
  });

  test("the public port is known by the names of its proxies", async () => {
    expect(statusOf(await spoken(world.publicUrl, "GET", "/health/alive", "Host: id.example"))).toBe(200);
  });
});

describe("GRPC-018: an admin port with TLS", () => {
  const { key, cert } = selfSigned();
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  let port: number;
  beforeAll(async () => {
    const tls = { "tls.enabled": true, "tls.key.base64": base64(key), "tls.cert.base64": base64(cert) };
    const settings = Object.fromEntries(Object.entries(tls).map(([name, value]) => [`serve.admin.${name}`, value]));
    const secure = await startWorld({ settings });
    port = portOf(secure.adminUrl);
    return () => secure.close();
  });

  const speak = (options: ConnectionOptions, said: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let heard = "";
    const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: cert, ...options });
    socket.setEncoding("latin1").on("secureConnect", () => socket.write(said));
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("error", ({ message }) => resolve(message)).on("close", () => resolve(heard));
    return promise;
  };
  const request = (host: string) => `GET /admin/clients HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

  test("says nothing in clear, neither to HTTP/1.1 nor to HTTP/2", async () => {
    for (const text of [request("localhost"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"]) {
      expect(await say(port, text)).not.toMatch(/HTTP|client|\[/);
    }
  });

  test("speaks the protocols that it names, and to its own names", async () => {
    expect(await speak({}, request("localhost"))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await speak({ ALPNProtocols: ["http/1.1"] }, request("evil.example"))).toMatch(/^HTTP\/1\.1 403 /);
    expect(await speak({ ALPNProtocols: ["spdy/3"] }, request("localhost"))).toMatch(/no application protocol/i);
    expect(await speak({ ca: [] }, request("localhost"))).toMatch(/self-signed/);
  });
});
