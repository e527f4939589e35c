/** Clients that publish their keys at an address of their own: fetched with care, and only where that is allowed (D24). */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { assertion, type KeyPair, newKeyPair, newSigningClient, present } from "../support/assertions.ts";
import { refusal } from "../support/grants.ts";
import { startWorld } from "../support/server.ts";

const unproven = [401, "invalid_client"];

interface Publisher {
  readonly url: string;
  readonly requests: readonly string[];
  close(): void;
}

/** Serves the keys as a JWK set at `/jwks.json`, and a redirect to them everywhere else. */
async function publisher(...keys: KeyPair[]): Promise<Publisher> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    if (request.url !== "/jwks.json") {
      response.writeHead(302, { location: "/jwks.json" }).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on TCP has such an address
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

const remote = (url: string) => ({ jwks: undefined, jwks_uri: `${url}/jwks.json` });

test("OIDC Core §10.1: the keys of `jwks_uri` prove the client; they are fetched once, and nothing is sent along", async () => {
  const key = await newKeyPair("ES256", "one");
  const own = await publisher(key, await newKeyPair("ES256", "two"));
  const world = await startWorld({ settings: { "clients.http.private_ip_exception_urls": [`${own.url}/**`] } });
  const client = await newSigningClient(world, key, remote(own.url));
  const answers = await Promise.all(
    Array.from({ length: 5 }, async () => present(world, await assertion(world, client))),
  );
  for (const answer of answers) expect(answer.status).toBe(200);
  const stranger = await newKeyPair("ES256", "one");
  expect(refusal(await present(world, await assertion(world, client, { key: stranger })))).toEqual(unproven);
  expect(own.requests).toHaveLength(1);
  expect(own.requests[0]).not.toMatch(/authorization|cookie/i);
  await world.close();
  own.close();
});

test("CWE-918: an address of the inner network is refused, whatever a client registers, and never asked", async () => {
  const key = await newKeyPair("ES256", "one");
  const inner = await publisher(key);
  const world = await startWorld();
  const { port } = new URL(inner.url);
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433"]) {
    const registration = { ...remote(""), jwks_uri: `http://${host}:${port}/jwks.json` };
    const client = await newSigningClient(world, key, registration).catch(() => undefined);
    if (client === undefined) continue;
    expect(refusal(await present(world, await assertion(world, client))), host).toEqual(unproven);
  }
  expect(inner.requests).toEqual([]);
  await world.close();
  inner.close();
});

test("CWE-918: a redirect is not followed, and a set that cannot be fetched proves nothing and breaks nothing", async () => {
  const key = await newKeyPair("ES256", "one");
  const own = await publisher(key);
  const world = await startWorld({ settings: { "clients.http.private_ip_exception_urls": [`${own.url}/**`] } });
  const moved = await newSigningClient(world, key, { jwks: undefined, jwks_uri: `${own.url}/moved` });
  expect(refusal(await present(world, await assertion(world, moved)))).toEqual(unproven);
  expect(own.requests.map((line) => line.split(" ")[1])).toEqual(["/moved"]);
  const gone = await newSigningClient(world, key, { jwks: undefined, jwks_uri: "http://127.0.0.1:9/jwks.json" });
  expect(refusal(await present(world, await assertion(world, gone)))).toEqual(unproven);
  await world.close();
  own.close();
});
