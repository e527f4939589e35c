/** TLS to PostgreSQL as libpq's sslmode says. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/adapters/postgres/database.ts";
import { hasPostgres, postgresPort } from "../../support/database.ts";
import { selfSigned } from "../http/certificate.ts";

const place = mkdtempSync(join(tmpdir(), "tessera-tls-"));
const authority = join(place, "authority.pem");
afterAll(() => rmSync(place, { recursive: true }));

/** Speaks TLS in front of the tests' PostgreSQL; `slipped` is sent in clear text behind its consent. */
async function tlsFront(slipped = ""): Promise<Server> {
  const certificate = selfSigned();
  writeFileSync(authority, certificate.cert);
  const server = createServer((socket: Socket) => {
    socket.once("data", () => {
      socket.write(`S${slipped}`);
      const secure = new TLSSocket(socket, { isServer: true, ...certificate });
      const plain = connect(postgresPort(), "127.0.0.1");
      for (const end of [secure, plain]) end.on("error", () => undefined);
      secure.pipe(plain).pipe(secure);
    });
  }).listen(0);
  await once(server, "listening");
  return server;
}

describe.runIf(hasPostgres)("a connection to PostgreSQL over TLS", () => {
  let front: Server;

  beforeAll(async () => {
    front = await tlsFront();
  });
  afterAll(() => void front?.close());

  async function answerOver(query: string, { host = "127.0.0.1", server = front } = {}): Promise<unknown> {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const db = openDatabase(`postgres://postgres@${host}:${port}/postgres?${query}`);
    try {
      return await db.first("test.answer")`select 1 as x`;
    } finally {
      await db.close();
    }
  }

  test.each(["sslmode=prefer", "sslmode=require", ""])(
    "is made without looking at the certificate: '%s'",
    async (query) => {
      expect(await answerOver(query)).toEqual({ x: 1 });
    },
  );

  test.each([
    ["sslmode=verify-ca", "127.0.0.1"],
    ["sslmode=require", "127.0.0.1"],
    ["sslmode=verify-full", "localhost"],
  ])("is made when the authority is known: %s to %s", async (query, host) => {
    expect(await answerOver(`${query}&sslrootcert=${authority}`, { host })).toEqual({ x: 1 });
  });

  test.each([
    ["an unknown authority", "sslmode=verify-ca", "localhost"],
    ["an unknown authority", "sslmode=verify-full", "localhost"],
    ["another name", `sslmode=verify-full&sslrootcert=${authority}`, "127.0.0.1"],
  ])("is refused for %s: %s", async (_why, query, host) => {
    await expect(answerOver(query, { host })).rejects.toMatchObject({ code: "temporarily_unavailable" });
  });

  test("CVE-2021-23222: clear text that slips in before the encryption is refused", async () => {
    const slippery = await tlsFront("R\0\0\0\u0008\0\0\0\0");
    await expect(answerOver("sslmode=require", { server: slippery })).rejects.toMatchObject({
      cause: { message: "The server sent more than its answer to the request for TLS." },
    });
    slippery.close();
  });
});
