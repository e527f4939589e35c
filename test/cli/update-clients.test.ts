import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addClientForm, givenMembers } from "../../src/cli/client-form.ts";
import { OAuth2ClientSchema } from "../../src/gen/tessera/admin/v1/client_pb.js";
import { isActive, newClient, obtainTokens } from "../support/code-flow.ts";
import { startWorld, type World } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

describe("against a server", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());
  const admin = () => ["-e", world.adminUrl];
  const json = () => [...admin(), "--format", "json"];
  const read = async (id: string) => (await world.admin("GET", `/admin/clients/${id}`)).body;

  test.each(["grpc", "connect"])("only what the flags name is changed, over %s", async (protocol) => {
    const { id } = await newClient(world, {
      metadata: { a: 1 },
      contacts: ["a@example", "b@example"],
      skip_consent: true,
    });
    const before = await read(id);
    const ran = await run(
      ...[
        "update",
        "oauth2-client",
        id,
        ...json(),
        "--protocol",
        protocol,
        "--name",
        "Renamed",
        "--contact",
        "c@example",
      ],
      ...["--scope", "openid,read", "--skip-consent=false", "--skip-logout-consent", "--default-max-age", "60"],
      ...["--metadata", '{"b":[null]}', "--client-credentials-grant-access-token-lifespan", "90m"],
    );
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    const changed = {
      ...{ client_name: "Renamed", contacts: ["c@example"], scope: "openid read", skip_consent: false },
      ...{ skip_logout_consent: true, default_max_age: 60, metadata: { b: [null] } },
      client_credentials_grant_access_token_lifespan: "1h30m0s",
    };
    const after = await read(id);
    expect({ ...after, updated_at: 0 }).toEqual({ ...before, ...changed, updated_at: 0 });
    expect(JSON.parse(ran.stdout)).toEqual(after);
    expect((await run("update", "client", id, ...admin(), "--contact", "", "--name", "")).exitCode).toBe(0);
    expect(await read(id)).toMatchObject({ contacts: [], client_name: "" });
  });

  test("a secret that is set is shown, and is not shown again", async () => {
    const { id } = await newClient(world);
    const set = await run("update", "client", id, ...json(), "--secret", "chosen-by-a-person");
    expect(JSON.parse(set.stdout).client_secret).toBe("chosen-by-a-person");
    expect((await run("update", "client", id, ...json(), "--name", "x")).stdout).not.toContain("chosen-by-a-person");
  });

  test("--file replaces the whole, and no other flag counts", async () => {
    const { id } = await newClient(world, { owner: "ops", contacts: ["a@example"] });
    const file = join(temporaryFolder(), "client.json");
    writeFileSync(file, JSON.stringify({ client_id: "other", client_name: "From a file", unknown: 1 }));
    const ran = await run("update", "client", id, ...admin(), "-q", "--file", file, "--owner", "nobody");
    expect(ran).toEqual({ exitCode: 0, stderr: "", stdout: `${id}\n` });
    expect(await read(id)).toMatchObject({ client_id: id, client_name: "From a file", owner: "", contacts: [] });
  });

  test("nothing to change, a client that there is not and bad values end with 1, and change nothing", async () => {
    const { id } = await newClient(world);
    const before = await read(id);
    const wrong = [
      [id],
      ["nobody", "--name", "x"],
      [id, "--redirect-uri", "javascript:alert(1)"],
      [id, "--subject-type", "secret"],
      [id, "--metadata", "[]"],
      [id, "--skip-consent=maybe"],
      [id, "--default-max-age", "soon"],
      [id, "--file", "/nowhere/client.json"],
      [id, "--id", "other"],
      [],
    ];
    for (const words of wrong) {
      const ran = await run("update", "client", ...words, ...admin());
      expect([ran.exitCode, ran.stdout, words]).toEqual([1, "", words]);
      expect(ran.stderr).not.toBe("");
    }
    expect(await read(id)).toEqual(before);
  });

  test("delete access-tokens ends them, once it is meant", async () => {
    const client = await newClient(world);
    const { access_token: token } = await obtainTokens(world, client);
    const dry = await run("delete", "access-tokens", client.id, ...admin(), "--dry-run", "-q");
    expect([dry.exitCode, await isActive(world, token)]).toEqual([0, true]);
    const ended = await run("delete", "access-tokens", client.id, ...admin(), "-q");
    expect(ended).toEqual({ exitCode: 0, stderr: "", stdout: `${client.id}\n` });
    expect(await isActive(world, token)).toBe(false);
  });
});

test("every member of a client that can be registered has its flag", () => {
  const others = ["client_id", "client_secret_expires_at", "created_at", "updated_at"];
  others.push("registration_access_token", "registration_client_uri");
  const members = OAuth2ClientSchema.fields.map(({ name }) => name).filter((name) => !others.includes(name));
  const form = addClientForm(new Command());
  const words = form.options.flatMap(({ long, flags }) => {
    if (long === "--file" || flags.includes("[")) return long === "--file" ? [] : [long ?? ""];
    return [long ?? "", flags.includes("<json>") ? "{}" : "1"];
  });
  expect(Object.keys(givenMembers(form.parse(words, { from: "user" }).opts())).toSorted()).toEqual(members.toSorted());
});
