import { describe, expect, it } from "vitest";
import { loadConfig, loadDsn } from "../../src/config/load.ts";
import { faultsOf, files, load, secret } from "../support/settings.ts";

describe("precedence", () => {
  it("defaults give way to files, files to flags, flags to the environment", () => {
    const paths = files({ "a.yml": "serve: { public: { port: 1001 }, admin: { port: 1002 } }\nttl: { id_token: 7m }" });
    const { config, origins } = load({
      files: paths,
      flags: { "serve.admin.port": 2002, "ttl.access_token": "2h" },
      environment: { TTL_ACCESS_TOKEN: "3h" },
    });
    expect(config["serve.public.host"]).toBe("0.0.0.0");
    expect(config["serve.public.port"]).toBe(1001);
    expect(config["serve.admin.port"]).toBe(2002);
    expect(config["ttl.access_token"]).toBe(3 * 3600);
    expect(config["ttl.id_token"]).toBe(7 * 60);
    expect([origins.get("serve.public.port"), origins.get("ttl.access_token"), origins.get("ttl.auth_code")]).toEqual([
      paths[0],
      "TTL_ACCESS_TOKEN",
      undefined,
    ]);
  });

  it("of two files the later one wins, key by key", () => {
    const paths = files({ "a.yml": "log: { level: warn, format: json }", "b.json": '{"log":{"level":"debug"}}' });
    const { config } = load({ files: paths });
    expect([config["log.level"], config["log.format"]]).toEqual(["debug", "json"]);
  });

  it("the configuration is frozen", () => {
    const { config } = load({});
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe("files", () => {
  it("YAML, JSON and TOML say the same", () => {
    const paths = files({
      "a.yaml": "serve:\n  public:\n    cors: { enabled: true, allowed_origins: [https://a.example] }\n",
      "a.json": '{"serve":{"public":{"cors":{"enabled":true,"allowed_origins":["https://a.example"]}}}}',
      "a.toml": '[serve.public.cors]\nenabled = true\nallowed_origins = ["https://a.example"]\n',
    });
    for (const path of paths) {
      const { config } = load({ files: [path] });
      expect(config["serve.public.cors.enabled"]).toBe(true);
      expect(config["serve.public.cors.allowed_origins"]).toEqual(["https://a.example"]);
    }
  });

  it("a byte order mark, anchors, empty branches, $schema and unknown feature flags are no faults", () => {
    const text =
      "\uFEFF$schema: ./schema.json\nserve:\n  public: &port\n    host: 127.0.0.1\n  admin:\n    <<: *port\nurls:\nfeature_flags: { anything: true }\n";
    const { config } = load({ files: files({ "a.yml": text }) });
    expect([config["serve.public.host"], config["serve.admin.host"]]).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  it("an unknown key stops the start and the nearest known one is suggested", () => {
    const paths = files({ "a.yml": "serve: { pubic: { port: 1 } }\nttl: { acces_token: 1h }\nxyzzy: 1\n" });
    const [path] = paths;
    expect(faultsOf({ files: paths, flags: { dev: true, "secrets.system": [secret] } })).toEqual([
      `serve.pubic: there is no such setting; did you mean serve.public? (${path})`,
      `ttl.acces_token: there is no such setting; did you mean ttl.access_token? (${path})`,
      `xyzzy: there is no such setting (${path})`,
    ]);
  });

  it.each([
    ["a.yml", "serve: [\nsecrets: x"],
    ["a.json", '{"secrets": {"system": ["hunter2hunter2hunter2" }'],
    ["a.toml", 'x = "hunter2hunter2hunter2'],
    ["b.yml", "- just\n- a list\n"],
  ])("a file that cannot be understood is one fault without its text: %s", (name, text) => {
    const [fault = "", ...rest] = faultsOf({
      files: files({ [name]: text }),
      flags: { dev: true, "secrets.system": [secret] },
    });
    expect(rest).toEqual([]);
    expect(fault).toContain(name);
    expect(fault).not.toContain("hunter2");
  });

  it("a file that is not there is named", () => {
    const [fault] = faultsOf({ files: ["/nowhere/config.yml"], flags: { dev: true, "secrets.system": [secret] } });
    expect(fault).toMatch(/^\/nowhere\/config\.yml: cannot be read: ENOENT/);
  });
});

describe("faults", () => {
  it("all faults are told at once, with key, source and what was expected, and never a secret's value", () => {
    const paths = files({ "a.yml": "secrets: { system: [tooShort!] }\nttl: { access_token: soon }\n" });
    const faults = faultsOf({
      files: paths,
      flags: { "serve.public.port": 70000 },
      environment: { LOG_LEVEL: "loud", DSN: "oracle://scott:tiger@host", HSM_ENABLED: "true" },
    });
    expect(faults).toEqual([
      "dsn: expected memory, sqlite://<file>, or postgres:// or cockroach:// and <user>:<password>@<host>/<database> (DSN)",
      "serve.public.port: expected a whole number, from 0 to 65535, not 70000 (flag serve.public.port)",
      `ttl.access_token: expected a duration such as 90s, 15m or 1h30m, at least 1s and at most 596523h, not "soon" (${paths[0]})`,
      `secrets.system: expected a list, each item a text of at least 16 characters (${paths[0]})`,
      "hsm.enabled: refused: keys in hardware modules are not supported (HSM_ENABLED)",
      'log.level: expected one of panic, fatal, error, warn, warning, info, debug, trace, not "loud" (LOG_LEVEL)',
    ]);
    expect(faults.join()).not.toMatch(/tooShort|tiger/);
  });

  it("a text where a number is due is refused in a file, though a variable is always text", () => {
    const [fault] = faultsOf({
      files: files({ "a.yml": 'serve: { public: { port: "4444" } }' }),
      flags: { dev: true, "secrets.system": [secret] },
    });
    expect(fault).toMatch(/^serve\.public\.port: expected a whole number/);
    expect(load({ environment: { SERVE_PUBLIC_PORT: "5555" } }).config["serve.public.port"]).toBe(5555);
  });
});

describe("the database of a migration", () => {
  it("needs no secrets, but must be right itself", () => {
    expect(loadDsn({ environment: { DSN: "postgres://u:p@h/d", LOG_LEVEL: "loud" } })).toBe("postgres://u:p@h/d");
    expect(loadDsn({ environment: { DATA_FOLDER: "/var/lib/tessera" } })).toBe("sqlite:///var/lib/tessera/tessera.db");
    expect(() => loadDsn({ environment: { DSN: "oracle://h" } })).toThrow(/^dsn: expected/);
  });
});

describe("Hydra's configuration files", () => {
  const quickstart = `
serve:
  cookies:
    same_site_mode: Lax

urls:
  self:
    issuer: http://127.0.0.1:4444
  consent: http://127.0.0.1:3000/consent
  login: http://127.0.0.1:3000/login
  logout: http://127.0.0.1:3000/logout
  device:
    verification: http://127.0.0.1:3000/device/verify
    success: http://127.0.0.1:3000/device/success
  identity_provider:
    publicUrl: http://127.0.0.1:4433
    url: http://127.0.0.1:4434

secrets:
  system:
    - youReallyNeedToChangeThis

oidc:
  subject_identifiers:
    supported_types:
      - pairwise
      - public
    pairwise:
      salt: youReallyNeedToChangeThis
`;

  it("the quickstart's file starts this server", () => {
    const environment = { DSN: "sqlite:///var/lib/sqlite/db.sqlite?_fk=true" };
    const { config, warnings } = loadConfig({
      files: files({ "hydra.yml": quickstart }),
      flags: { dev: true },
      environment,
    });
    expect(config["urls.self.issuer"]).toBe("http://127.0.0.1:4444");
    expect(config["urls.login"]).toBe("http://127.0.0.1:3000/login");
    expect(config["serve.cookies.same_site_mode"]).toBe("Lax");
    expect(config.dsn).toBe("sqlite:///var/lib/sqlite/db.sqlite?_fk=true");
    expect(warnings.join("\n")).toMatch(/urls\.identity_provider\.publicUrl has no effect/);
  });

  it("out of development mode its printed secret is refused", () => {
    const faults = faultsOf({
      files: files({ "hydra.yml": quickstart }),
      environment: { URLS_SELF_ISSUER: "https://id.example.org" },
    });
    expect(faults).toEqual([expect.stringMatching(/^secrets\.system: refused: it is an example/)]);
  });

  it("D29: settings without effect here are accepted, each with one warning", () => {
    const environment = {
      VERSION: "v26.2.0",
      SQA_OPT_OUT: "true",
      PROFILING: "cpu",
      CGROUPS_V1_AUTO_MAX_PROCS_ENABLED: "true",
      DB_IGNORE_UNKNOWN_TABLE_COLUMNS: "true",
      OAUTH2_HASHERS_BCRYPT_COST: "4",
      FEATURE_FLAGS_LEGACY_ALLOW_INSECURE_ORIGINS: "true",
    };
    const { warnings } = load({ environment });
    expect(warnings.map((warning) => warning.split(" has no effect")[0])).toEqual([
      "oauth2.hashers.bcrypt.cost",
      "version",
      "db.ignore_unknown_table_columns",
      "profiling",
      "sqa.opt_out",
      "cgroups.v1.auto_max_procs_enabled",
      "feature_flags.legacy_allow_insecure_origins",
    ]);
  });
});
