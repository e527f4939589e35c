import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newClient, obtainTokens } from "../support/code-flow.ts";
import { startWorld, type World } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
const admin = () => ["-e", world.adminUrl];
const signIn = async (subject: string) => {
  await obtainTokens(world, await newClient(world), {}, { login: { subject } });
  return subject;
};
const data = async (...words: string[]) => JSON.parse((await run(...words, ...admin(), "--format", "json")).stdout);

describe("trusted-issuer", () => {
  it("a key is trusted by its public half, shown, listed, and trusted no longer", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const file = join(temporaryFolder(), "key.pem");
    writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }));
    const who = ["--issuer", "https://issuer.example", "--subject", "alice", "--scope", "read,write"];
    const key = ["--key", file, "--kid", "k1", "--alg", "ES256", "--expires-in", "720h"];
    const made = await data("create", "trusted-issuer", ...who, ...key);
    expect(made).toMatchObject({
      issuer: "https://issuer.example",
      subject: "alice",
      allow_any_subject: false,
      scope: ["read", "write"],
      public_key: { set: "https://issuer.example", kid: "k1" },
    });
    const days = (Date.parse(made.expires_at) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    expect(await data("get", "trusted-issuer", made.id)).toEqual(made);
    const { stdout } = await run("list", "trusted-issuers", "--issuer", "https://issuer.example", ...admin());
    expect(stdout).toMatch(/^ID +ISSUER +SUBJECT +SCOPE +KEY ID +EXPIRY\n\S+ +https:.*alice +read write +k1 /);
    const would = await run("delete", "trusted-issuer", made.id, "--dry-run", ...admin());
    expect(would.stdout).toBe(`WOULD BE DELETED  ${made.id}\n`);
    expect((await run("delete", "trusted-issuer", made.id, ...admin(), "-q")).stdout).toBe(`${made.id}\n`);
    expect(await data("list", "trusted-issuers")).toMatchObject({ items: [], is_last_page: true });
  });

  it("what is missing is said", async () => {
    const { exitCode, stderr } = await run("create", "trusted-issuer", "--issuer", "https://a.example", ...admin());
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("'--key <file>' not specified")]);
  });
});

describe("consent-session and login-session", () => {
  it("consents are listed, told dryly, and taken back by user and client", async () => {
    const subject = await signIn("bob");
    const { items } = await data("list", "consents", subject);
    expect(items).toMatchObject([{ consent_request: { subject }, consent_request_id: expect.any(String) }]);
    const [{ consent_request_id: id, consent_request: asked }] = items;
    const by = ["--subject", subject, "--client", asked.client.client_id];
    const would = await run("delete", "consents", ...by, "--dry-run", ...admin());
    expect(would.stdout).toBe(`WOULD BE DELETED  ${id}\n`);
    expect((await run("delete", "consents", ...by, ...admin(), "-q")).stdout).toBe(`${id}\n`);
    expect((await data("list", "consents", subject)).items).toEqual([]);
  });

  it("one consent is taken back by its id", async () => {
    const subject = await signIn("carol");
    const [{ consent_request_id: id }] = (await data("list", "consents", subject)).items;
    expect((await run("delete", "consent-session", id, ...admin())).stdout).toBe(`ID  ${id}\n`);
    expect((await data("list", "consents", subject)).items).toEqual([]);
  });

  it("a user's sessions are listed, told dryly, and ended one by one or all", async () => {
    const subject = await signIn("dave");
    await signIn("dave");
    const sids: string[] = (await data("list", "login-sessions", "--subject", subject)).items.map(
      ({ sid }: { sid: string }) => sid,
    );
    expect(sids).toHaveLength(2);
    const [first = "", second = ""] = sids;
    expect((await data("list", "login-sessions", first)).items).toMatchObject([{ sid: first, subject }]);
    const would = await run("delete", "login-sessions", "--subject", subject, "--dry-run", ...admin());
    expect(would.stdout).toBe(`WOULD BE DELETED\n${first}\n${second}\n`);
    expect((await run("delete", "login-session", first, ...admin())).stdout).toBe(`ID  ${first}\n`);
    const gone = await run("delete", "login-session", first, "--dry-run", ...admin());
    expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringContaining("no such session")]);
    expect((await run("delete", "login-session", "--subject", subject, ...admin(), "-q")).stdout).toBe(`${second}\n`);
    expect((await data("list", "login-sessions", "--subject", subject)).items).toEqual([]);
  });

  it.each([
    [["consents"], "Which consents?"],
    [["consents", "--subject", "a"], "Which consents?"],
    [["consents", "--subject", "a", "--client", "b", "--all"], "Which consents?"],
    [["consents", "an-id", "--subject", "a", "--all"], "Which consents?"],
    [["consents", "an-id", "--dry-run"], "only with --subject"],
    [["login-sessions"], "Which sessions?"],
    [["login-sessions", "a-sid", "--subject", "a"], "Which sessions?"],
  ])("delete %j asks", async (words, question) => {
    const { exitCode, stderr } = await run("delete", ...words, ...admin());
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(question)]);
  });
});
