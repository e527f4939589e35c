/** Lists of clients: pages that skip and repeat nothing, tokens that nobody can make, filters that are only text. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { authorizationRequest, newClient, obtainTokens } from "../support/code-flow.ts";
import { databases } from "../support/database.ts";
import { openLogin } from "../support/flow-steps.ts";
import { type Answer, newBrowser, startWorld, type World } from "../support/server.ts";

const clients = "/admin/clients";

/** No answer tells what is underneath (ADM-023). */
const internals = /sqlite|postgres|select |syntax|column|relation|at .*\.ts|stack/i;

describe.each(databases)("on $name", (database) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ dsn: await database.dsn() });
  });
  afterAll(() => world?.close());

  const list = (query: Record<string, string> | string) =>
    world.admin("GET", `${clients}?${typeof query === "string" ? query : new URLSearchParams(query).toString()}`);
  const ids = (answer: Answer): string[] => answer.body.map((client: { client_id: string }) => client.client_id);

  /** Where `rel=next` leads; undefined on the last page. */
  const nextOf = ({ headers }: Answer) => /<([^>]+)>; rel="next"/.exec(headers.link ?? "")?.[1];
  const tokenOf = (answer: Answer) => new URLSearchParams(nextOf(answer)?.split("?")[1]).get("page_token") ?? "";

  async function planted(owner: string, count: number): Promise<string[]> {
    const made = Array.from({ length: count }, async () => {
      const answer = await world.admin("POST", clients, { owner, token_endpoint_auth_method: "none" });
      return String(answer.body.client_id);
    });
    return (await Promise.all(made)).sort();
  }

  function expectRefused(answer: Answer): void {
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe("The request was malformed or contained invalid parameters");
    expect(answer.text).not.toMatch(internals);
  }

  test("the pages hold every client once, in the order of their ids, and the last has no next", async () => {
    const owner = randomUUID();
    const all = await planted(owner, 7);
    const seen: string[] = [];
    let page = await list({ owner, page_size: "3" });
    const sizes = [page.body.length];
    for (let next = nextOf(page); next !== undefined; next = nextOf(page)) {
      seen.push(...ids(page));
      page = await world.admin("GET", next);
      sizes.push(page.body.length);
    }
    expect([...seen, ...ids(page)]).toEqual(all);
    expect(sizes).toEqual([3, 3, 1]);
    expect(nextOf(await list({ owner, page_size: "7" }))).toBeUndefined();
  });

  test("ADM-012: who comes and goes while pages are turned makes nothing else appear twice or not at all", async () => {
    const owner = randomUUID();
    const stable = await planted(owner, 12);
    const passing = await planted(owner, 8);
    const seen: string[] = [];
    let page = await list({ owner, page_size: "3" });
    for (;;) {
      seen.push(...ids(page));
      const leaving = passing.pop();
      if (leaving !== undefined) await world.admin("DELETE", `${clients}/${leaving}`);
      await planted(owner, 1);
      // Also the very client at which the page ended.
      const next = nextOf(page);
      const last = ids(page).at(-1) ?? "";
      if (passing.includes(last)) await world.admin("DELETE", `${clients}/${last}`);
      if (next === undefined) break;
      page = await world.admin("GET", next);
      expect(page.status).toBe(200);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => stable.includes(id))).toEqual(stable);
  });

  test("ADM-010, D27: 100 unless asked, never more than 500", async () => {
    const owner = randomUUID();
    await planted(owner, 502);
    const sizes = async (size: Record<string, string>) => (await list({ owner, ...size })).body.length;
    expect(await sizes({})).toBe(100);
    expect(await sizes({ page_size: "0" })).toBe(100);
    expect(await sizes({ page_size: "" })).toBe(100);
    expect(await sizes({ page_size: "500" })).toBe(500);
    expect(await sizes({ page_size: "501" })).toBe(500);
    expect(await sizes({ page_size: "1000000000" })).toBe(500);
  });

  test.each([
    ...["page_size=-1", "page_size=text", "page_size=1.5", "page_size=1e2", "page_size=0x10"],
    ...["page_size=%2B5", "page_size=99999999999999999999", "page_size=2147483648", "page_size=1&page_size=2"],
    ...["page_size=1%00", "page_size=%D9%A3", "page_token=a&page_token=b", "page_token=%00"],
  ])("ADM-010: %s is refused", async (query) => {
    expectRefused(await list(query));
  });

  test("ADM-010: a page token is for its own list and filter, unbroken, and for an hour", async () => {
    const other = await startWorld({ dsn: "memory", settings: { "secrets.system": ["another secret of the tests"] } });
    onTestFinished(() => other.close());
    await newClient(other);
    await newClient(other);
    const owner = randomUUID();
    await planted(owner, 3);
    const token = tokenOf(await list({ owner, page_size: "1" }));
    expect((await list({ owner, page_token: token })).status).toBe(200);

    const client = await newClient(world);
    const { refresh_token: refreshToken } = await obtainTokens(world, client);
    const challenge = await openLogin(newBrowser(), authorizationRequest(world, client).url);
    const changed = token.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    const foreign = tokenOf(await other.admin("GET", `${clients}?page_size=1`));
    const bad = [
      changed,
      token.slice(0, -1),
      token.slice(1),
      `${token}A`,
      `${token}=`,
      refreshToken,
      challenge,
      foreign,
    ];
    for (const one of ["garbage", "' or 1=1 --", "..", "%", ...bad]) {
      expectRefused(await list({ owner, page_token: one }));
    }
    expect((await list({ page_token: foreign })).status).toBe(400);
    expectRefused(await list({ page_token: token }));
    expectRefused(await list({ owner: `${owner}x`, page_token: token }));
    expectRefused(await list({ owner, client_name: "n", page_token: token }));
    expectRefused(await list({ client_name: owner, page_token: token }));

    world.clock.advance(3599);
    expect((await list({ owner, page_token: token })).status).toBe(200);
    world.clock.advance(2);
    expectRefused(await list({ owner, page_token: token }));
  });

  describe("ADM-011: a filter is text, and means itself", () => {
    const names = [
      ...[
        "O'Brien",
        `"quoted"`,
        "100%",
        "%",
        "_",
        "a_b",
        "aXb",
        "\\",
        "\\\\",
        "'; drop table clients; --",
        "' or '1'='1",
      ],
      ...["$1", "?", ":name", "{}", "null", "ünïcödé 🔑", "a\nb", "  spaces  ", "%27", "A", "a"],
    ];
    beforeAll(async () => {
      for (const [index, name] of names.entries()) {
        const answer = await world.admin("POST", clients, {
          ...{ client_id: `filter-${index}`, client_name: name, owner: name, token_endpoint_auth_method: "none" },
        });
        expect(answer.status).toBe(201);
      }
    });

    test.each(names.map((name, index) => [name, index] as const))("%j", async (name, index) => {
      expect(ids(await list({ client_name: name }))).toEqual([`filter-${index}`]);
      expect(ids(await list({ owner: name }))).toEqual([`filter-${index}`]);
      expect(ids(await list({ owner: name, client_name: names[(index + 1) % names.length] ?? "" }))).toEqual([]);
    });

    test.each(["%00", "a%00b", "%ff", "%ED%A0%80", "%"])("what is no text is refused: %s", async (value) => {
      expectRefused(await list(`owner=${value}`));
      expectRefused(await list(`client_name=${value}`));
    });

    test("one that is too long is refused before a database sees it", async () => {
      expectRefused(await list({ owner: "x".repeat(256) }));
      expectRefused(await list({ client_name: "x".repeat(8000) }));
      expect((await list({ owner: "x".repeat(65_536) })).status).toBe(431);
    });
  });
});
