import { describe, expect, it } from "vitest";
import { configReference, configSchema, maskedConfig, maskedDsn } from "../../src/config/reference.ts";
import { settings } from "../../src/config/settings.ts";
import { load } from "../support/settings.ts";

describe("the reference", () => {
  const lines = configReference().trimEnd().split("\n");

  it("has one row for every setting, with its variable", () => {
    expect(lines).toHaveLength(Object.keys(settings).length + 2);
    expect(lines.find((line) => line.startsWith("| `ttl.access_token` "))).toMatch(/`1h0m0s`.*`TTL_ACCESS_TOKEN`/);
  });

  it("every row has the same four cells", () => {
    for (const line of lines) expect(line.replaceAll("\\|", "").split("|")).toHaveLength(6);
  });

  it("D29: says what is accepted without effect, and what is refused", () => {
    expect(lines.find((line) => line.includes("`sqa.opt_out`"))).toContain("Accepted without effect: ");
    expect(lines.find((line) => line.includes("`hsm.enabled`"))).toContain("Refused when set: ");
  });
});

describe("the JSON Schema", () => {
  const at = (key: string) =>
    key
      .split(".")
      .reduce<ReturnType<typeof configSchema> | undefined>((node, name) => node?.properties?.[name], configSchema());

  it("nests the settings by their dots and knows every one", () => {
    for (const key of Object.keys(settings)) expect(at(key)?.description, key).toEqual(expect.any(String));
    expect(at("serve.public.port")).toMatchObject({ type: "integer", minimum: 0, maximum: 65535 });
    expect(at("log.level")).toMatchObject({ enum: expect.arrayContaining(["debug", "panic"]) });
  });

  it("allows no unknown member", () => {
    expect(at("serve.public")).toMatchObject({ additionalProperties: false });
    expect(at("feature_flags")).toMatchObject({ additionalProperties: true });
  });
});

describe("the print at start", () => {
  it("shows what differs from the defaults, and no secret", () => {
    const printed = maskedConfig(
      load({
        flags: {
          dsn: "postgres://scott:tiger@db/tessera?password=tiger",
          "serve.admin.port": 9000,
          "oidc.subject_identifiers.pairwise.salt": "tiger tiger tiger",
          "oauth2.token_hook": { url: "https://tiger.example.org" },
          "ttl.id_token": "90s",
        },
      }).config,
    );
    expect(printed).toMatchObject({
      dsn: "postgres://****@db/tessera",
      "serve.admin.port": "9000",
      "ttl.id_token": "1m30s",
    });
    expect(printed["secrets.system"]).toBe("****");
    expect(printed).not.toHaveProperty("serve.public.port");
    expect(JSON.stringify(printed)).not.toMatch(/tiger|scott|tests only/);
  });

  it.each([
    ["memory", "memory"],
    ["sqlite:///var/db.sqlite?_fk=true", "sqlite:///var/db.sqlite"],
    ["postgres://u:p@ss/w@rd@h:5432/d", "postgres://****@h:5432/d"],
  ])("of the DSN %s it shows %s", (dsn, shown) => {
    expect(maskedDsn(dsn)).toBe(shown);
  });
});
