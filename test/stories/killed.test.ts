/** `kill -9` at any moment: what was answered before is there after it, and what was spent is spent. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { isActive, newClient, obtainTokens, redeem, refresh, type TestClient } from "../support/code-flow.ts";
import { hasPostgres, postgresDatabase } from "../support/database.ts";
import { askToken, type FreshCode, freshCode, introspected, refusal, revokeToken } from "../support/grants.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import type { Answer } from "../support/server.ts";

const places: ReadonlyArray<readonly [name: string, dsn: () => Promise<string>]> = [
  [
    "sqlite",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "tessera-killed-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      return `sqlite://${join(folder, "tessera.db")}`;
    },
  ],
  ...(hasPostgres
    ? [
        [
          "postgres",
          async () => {
            const database = await postgresDatabase();
            onTestFinished(() => database.drop());
            return database.dsn;
          },
        ] as const,
      ]
    : []),
];

const kills = 8;
const machine = { grant_type: "client_credentials", scope: "read" };

/** What the clients were told before the process died. */
interface Ledger {
  /** Access tokens of machines. */
  readonly issued: string[];
  readonly revoked: string[];
  readonly clients: TestClient[];
  /** Redeemed codes with the answer. */
  readonly redeemed: Array<{ readonly fresh: FreshCode; readonly refreshToken: string }>;
  /** Each refresh token that was traded, and what it was traded for. */
  readonly rotated: Array<{ readonly from: string; readonly to: string; readonly access: string }>;
}

const emptyLedger = (): Ledger => ({ issued: [], revoked: [], clients: [], redeemed: [], rotated: [] });

/** Undefined when the process died before its answer. */
async function answered(asking: Promise<Answer>): Promise<Answer | undefined> {
  const answer = await asking.catch(() => undefined);
  if (answer !== undefined) expect(answer.status).toBeLessThan(300);
  return answer;
}

/** Each worker goes on until the server is gone. */
async function work(server: ServerProcess, client: TestClient, codes: FreshCode[], token: string, ledger: Ledger) {
  const issue = async () => {
    for (;;) {
      const answer = await answered(askToken(server, client, machine));
      if (answer === undefined) return;
      ledger.issued.push(answer.body.access_token);
    }
  };
  const register = async () => {
    for (;;) {
      const made = await newClient(server).catch(() => undefined);
      if (made === undefined) return;
      ledger.clients.push(made);
    }
  };
  const end = async () => {
    for (;;) {
      const made = await answered(askToken(server, client, machine));
      const ended = made && (await answered(revokeToken(server, client, made.body.access_token)));
      if (made === undefined || ended === undefined) return;
      ledger.revoked.push(made.body.access_token);
    }
  };
  const spend = async () => {
    for (const fresh of codes) {
      const answer = await answered(redeem(server, client, fresh.code, { code_verifier: fresh.verifier }));
      if (answer === undefined) return;
      ledger.redeemed.push({ fresh, refreshToken: answer.body.refresh_token });
    }
  };
  const rotate = async () => {
    for (let from = token; ; ) {
      const answer = await answered(refresh(server, client, from));
      if (answer === undefined) return;
      const to: string = answer.body.refresh_token;
      ledger.rotated.push({ from, to, access: answer.body.access_token });
      from = to;
    }
  };
  await Promise.all([issue(), issue(), register(), end(), spend(), rotate()]);
}

describe.each(places)("a server that is killed (%s)", (_name, place) => {
  test(`I1, I2, I4: ${kills} times in the middle of its work, it has forgotten nothing that it had answered`, {
    timeout: 60_000,
  }, async () => {
    const dsn = await place();
    let server = await startProcess({ dsn });
    onTestFinished(() => server.kill());
    const totals = { issued: 0, redeemed: 0, rotated: 0, revoked: 0, clients: 0 };
    for (let round = 0; round < kills; round++) {
      const client = await newClient(server);
      const codes = await Promise.all(Array.from({ length: 4 }, () => freshCode(server, client)));
      const { refresh_token: token } = await obtainTokens(server, client);
      const ledger = emptyLedger();
      const working = work(server, client, codes, token, ledger);
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
      await server.kill();
      await working;
      server = await startProcess({ dsn });
      await expectKept(server, client, ledger);
      for (const name of ["issued", "redeemed", "rotated", "revoked", "clients"] as const) {
        totals[name] += ledger[name].length;
      }
    }
    for (const count of Object.values(totals)) expect(count).toBeGreaterThan(0);
  });

  async function expectKept(server: ServerProcess, client: TestClient, ledger: Ledger): Promise<void> {
    const { issued, revoked, clients, redeemed, rotated } = ledger;
    expect(await Promise.all(issued.map((token) => isActive(server, token)))).toEqual(issued.map(() => true));
    expect(await Promise.all(revoked.map((token) => isActive(server, token)))).toEqual(revoked.map(() => false));
    for (const { id, secret } of clients) expect((await askToken(server, { id, secret }, machine)).status).toBe(200);
    for (const { refreshToken } of redeemed) expect(await isActive(server, refreshToken)).toBe(true);
    const last = rotated.at(-1);
    if (last !== undefined) await expectLeaf(server, last);
    for (const { fresh } of redeemed.slice(-2)) {
      const again = await redeem(server, client, fresh.code, { code_verifier: fresh.verifier });
      expect(refusal(again)).toEqual([400, "invalid_grant"]);
    }
    for (const { from } of rotated.slice(-1)) {
      expect(await introspected(server, from)).toEqual({ active: false });
      expect(refusal(await refresh(server, client, from))).toEqual([400, "invalid_grant"]);
    }
  }

  /** The newest leaf lives, unless the rotation that was under way had happened: then its answer was lost with the process. */
  async function expectLeaf(
    server: ServerProcess,
    leaf: { readonly to: string; readonly access: string },
  ): Promise<void> {
    const isRefreshable = await isActive(server, leaf.to);
    expect(await isActive(server, leaf.access)).toBe(isRefreshable);
  }
});
