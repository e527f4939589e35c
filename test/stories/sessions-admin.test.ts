/** Administrators see where users are signed in, and end sessions, consents and tokens by user, client or session. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isActive, newClient, obtainTokens } from "../support/code-flow.ts";
import { claimsOf } from "../support/grants.ts";
import { startWorld, type World } from "../support/server.ts";

describe("sessions on the admin port", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  const path = "/admin/oauth2/auth/sessions";
  const list = (query: string) => world.admin("GET", `${path}/login?${query}`);
  const sidOf = (tokens: { id_token: string }) => String(claimsOf(tokens.id_token).sid);

  test("a session is listed by its client, its user and its sid", async () => {
    const client = await newClient(world);
    const sid = sidOf(await obtainTokens(world, client));
    const { body } = await list(`client=${client.id}`);
    expect(body).toMatchObject([{ sid, subject: "alice", client_ids: [client.id] }]);
    expect((await list(`sid=${sid}`)).body).toEqual(body);
    expect((await list("subject=alice&page_size=500")).body).toContainEqual(body[0]);
    expect((await list("subject=nobody")).body).toEqual([]);
    expect(JSON.stringify(body)).not.toContain("digest");
  });

  test("pages follow one another, and a token of another list is refused", async () => {
    const client = await newClient(world);
    for (let made = 0; made < 3; made += 1) await obtainTokens(world, client);
    const first = await list(`client=${client.id}&page_size=2`);
    const token = /page_token=([^&>]+)[^>]*>; rel="next"/.exec(first.headers.link ?? "")?.[1] ?? "";
    const second = await list(`client=${client.id}&page_size=2&page_token=${token}`);
    expect([first.body.length, second.body.length]).toEqual([2, 1]);
    expect((await list(`subject=alice&page_token=${token}`)).status).toBe(400);
  });

  test("whose sessions are meant is said in exactly one way", async () => {
    for (const query of ["", "subject=alice&client=a", "sid=a&client=a"]) {
      expect((await list(query)).status, query).toBe(400);
      expect((await world.admin("DELETE", `${path}/login?${query}`)).status, query).toBe(400);
    }
    for (const query of ["login_session_id=a&subject=alice", "login_session_id=a&consent_request_id=b"]) {
      expect((await world.admin("DELETE", `${path}/consent?${query}`)).status, query).toBe(400);
    }
  });

  test("whoever is signed in to a client is signed out, and nobody else", async () => {
    const [client, other] = [await newClient(world), await newClient(world)];
    await obtainTokens(world, client);
    await obtainTokens(world, client);
    const kept = sidOf(await obtainTokens(world, other));
    expect((await world.admin("DELETE", `${path}/login?client=${client.id}`)).status).toBe(204);
    expect((await list(`client=${client.id}`)).body).toEqual([]);
    expect((await list(`sid=${kept}`)).body).toHaveLength(1);
  });

  test("consents of one session are taken back with their tokens; those of another stay", async () => {
    const client = await newClient(world);
    const [mine, others] = [await obtainTokens(world, client), await obtainTokens(world, client)];
    const { status } = await world.admin("DELETE", `${path}/consent?login_session_id=${sidOf(mine)}`);
    expect(status).toBe(204);
    expect(await isActive(world, mine.access_token)).toBe(false);
    expect(await isActive(world, mine.refresh_token)).toBe(false);
    expect(await isActive(world, others.access_token)).toBe(true);
  });
});
