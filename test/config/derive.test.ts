import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { faultsOf, load, secret } from "../support/settings.ts";

const development = { dev: true, "secrets.system": [secret] };

describe("the server's own URLs", () => {
  it("unset, they are made of where the ports listen", () => {
    const { config } = loadConfig({ flags: development });
    expect(config["urls.self.issuer"]).toBe("http://localhost:4444/");
    expect(config["urls.self.public"]).toBe("http://localhost:4444/");
    expect(config["urls.self.admin"]).toBe("http://127.0.0.1:4445/");
  });

  it("out of development mode they are https, and the operator is warned", () => {
    const { config, warnings } = loadConfig({ flags: { "secrets.system": [secret] } });
    expect(config["urls.self.issuer"]).toBe("https://localhost:4444/");
    expect(warnings).toEqual(["urls.self.issuer is not set: tokens will say https://localhost:4444/"]);
  });

  it("an issuer is kept byte for byte, and is the public URL unless that is set", () => {
    const { config } = load({ flags: { "urls.self.issuer": "https://ID.example.org/a/" } });
    expect([config["urls.self.issuer"], config["urls.self.public"]]).toEqual([
      "https://ID.example.org/a/",
      "https://ID.example.org/a/",
    ]);
  });

  it.each(["https://id.example.org?x", "https://id.example.org/#x", "https://u@id.example.org", "id.example.org"])(
    "RFC 8414 §2: %s is no issuer",
    (issuer) => {
      const faults = faultsOf({ flags: { ...development, "urls.self.issuer": issuer } });
      expect(faults).toEqual([expect.stringMatching(/^urls\.self\.issuer: expected an absolute http or https URL/)]);
    },
  );

  it("OIDC Discovery §3: an http issuer is refused, except in development mode", () => {
    const issuer = { "urls.self.issuer": "http://id.example.org" };
    const [fault] = faultsOf({ flags: { "secrets.system": [secret], ...issuer } });
    expect(fault).toMatch(/^urls\.self\.issuer: expected an https URL/);
    expect(loadConfig({ flags: { ...development, ...issuer } }).config["urls.self.issuer"]).toBe(
      "http://id.example.org",
    );
  });

  it("a page may be a path below the public URL; registration falls back to the login page", () => {
    const { config } = load({ flags: { "urls.login": "/ui/login", "urls.consent": "https://ui.example.org/c" } });
    expect(config["urls.login"]).toBe("https://id.example.org/ui/login");
    expect(config["urls.registration"]).toBe("https://id.example.org/ui/login");
    expect(config["urls.consent"]).toBe("https://ui.example.org/c");
    expect(config["urls.error"]).toBeNull();
  });
});

describe("secrets", () => {
  it("D22: without secrets.system nothing starts", () => {
    expect(faultsOf({ flags: { "urls.self.issuer": "https://id.example.org" } })).toEqual([
      expect.stringMatching(/^secrets\.system: required/),
    ]);
  });

  it("in development mode one is made in the data folder, unless one is set", () => {
    const devSecret = (folder: string) => `made in ${folder} for tests`;
    const made = loadConfig({ flags: { dev: true, "data.folder": "/d" }, devSecret });
    expect(made.config["secrets.system"]).toEqual(["made in /d for tests"]);
    expect(loadConfig({ flags: development, devSecret }).config["secrets.system"]).toEqual([secret]);
    expect(faultsOf({ flags: { dev: true } })).toHaveLength(1);
  });

  it("a data folder that cannot be written is one fault that names its setting", () => {
    const devSecret = () => {
      throw new Error("EROFS: read-only file system");
    };
    expect(faultsOf({ flags: { dev: true }, devSecret })[0]).toMatch(/^data\.folder: .*EROFS/);
  });

  it("the others fall back to it", () => {
    const { config } = load({});
    expect([config["secrets.cookie"], config["secrets.pagination"]]).toEqual([[secret], [secret]]);
  });
});

describe("cookies", () => {
  const sameSite = "serve.cookies.same_site_mode";

  it("are Secure, except where development mode says otherwise", () => {
    expect(load({}).config["serve.cookies.secure"]).toBe(true);
    expect(loadConfig({ flags: development }).config["serve.cookies.secure"]).toBe(false);
    const flags = { ...development, "serve.cookies.secure": true };
    expect(loadConfig({ flags }).config["serve.cookies.secure"]).toBe(true);
  });

  it("SameSite=None becomes Lax when the issuer is not https", () => {
    expect(load({}).config[sameSite]).toBe("None");
    expect(loadConfig({ flags: development }).config[sameSite]).toBe("Lax");
    const { config, warnings } = loadConfig({ flags: { ...development, [sameSite]: "None" } });
    expect(config[sameSite]).toBe("Lax");
    expect(warnings.join()).toMatch(/None becomes Lax/);
  });

  it("SameSite=None that is written and cannot be Secure is refused", () => {
    const flags = { ...development, "urls.self.issuer": "https://id.example.org", [sameSite]: "None" };
    expect(faultsOf({ flags })).toEqual([`${sameSite}: None needs serve.cookies.secure (flag ${sameSite})`]);
  });

  it("have other names in development mode", () => {
    expect(loadConfig({ flags: development }).config["serve.cookies.names.session"]).toBe("ory_hydra_session_dev");
  });
});

describe("TLS", () => {
  it("a port takes from serve.tls what it does not say itself, key and certificate each as a whole", () => {
    const flags = {
      "serve.tls.enabled": true,
      "serve.tls.key.path": "/shared.key",
      "serve.tls.cert.path": "/shared.pem",
      "serve.admin.tls.cert.base64": "AAAA",
      "serve.public.tls.enabled": false,
    };
    const { config } = load({ flags });
    expect([config["serve.public.tls.enabled"], config["serve.admin.tls.enabled"]]).toEqual([false, true]);
    expect(config["serve.admin.tls.key.path"]).toBe("/shared.key");
    expect([config["serve.admin.tls.cert.path"], config["serve.admin.tls.cert.base64"]]).toEqual([null, "AAAA"]);
  });

  it("a key and certificate switch it on for the port they belong to, unless it is said to be off", () => {
    const flags = { "serve.public.tls.key.path": "/own.key", "serve.public.tls.cert.path": "/own.pem" };
    const { config } = load({ flags });
    expect([config["serve.public.tls.enabled"], config["serve.admin.tls.enabled"]]).toEqual([true, false]);
    expect(load({ flags: { ...flags, "serve.tls.enabled": false } }).config["serve.public.tls.enabled"]).toBe(false);
  });

  it("half of a pair is refused, not served in the clear", () => {
    expect(faultsOf({ flags: { ...development, "serve.public.tls.cert.path": "/own.pem" } })).toEqual([
      expect.stringMatching(/^serve\.public\.tls\.key\.path: required/),
    ]);
  });

  it("without key or certificate it is refused", () => {
    const flags = { ...development, "serve.admin.tls.enabled": true };
    expect(faultsOf({ flags })).toEqual([
      expect.stringMatching(/^serve\.admin\.tls\.key\.path: required/),
      expect.stringMatching(/^serve\.admin\.tls\.cert\.path: required/),
    ]);
  });
});

describe("settings that must fit together", () => {
  const period = "oauth2.grant.refresh_token.rotation_grace_period";
  const count = "oauth2.grant.refresh_token.rotation_grace_reuse_count";

  it("the grace of refresh tokens is at most 5 minutes, or 180 days when uses are counted", () => {
    expect(load({ flags: { [period]: "5m" } }).config[period]).toBe(300);
    expect(load({ flags: { [period]: "4320h", [count]: 1 } }).config[period]).toBe(180 * 24 * 3600);
    for (const flags of [{ [period]: "5m1s" }, { [period]: "4321h", [count]: 1 }]) {
      expect(faultsOf({ flags: { ...development, ...flags } })[0]).toMatch(/rotation_grace_period: expected at most/);
    }
  });

  it("-1 lifts the limit of refresh tokens, 0 that of the absolute one", () => {
    expect(load({ flags: { "ttl.refresh_token": -1 } }).config["ttl.refresh_token"]).toBeNull();
    expect(load({ environment: { TTL_REFRESH_TOKEN: "-1" } }).config["ttl.refresh_token"]).toBeNull();
    expect(load({ flags: { "ttl.refresh_token_absolute": "0s" } }).config["ttl.refresh_token_absolute"]).toBe(0);
    expect(faultsOf({ flags: { ...development, "ttl.access_token": "-1" } })).toHaveLength(1);
  });

  it("a login session lives at most 180 days", () => {
    const { config, warnings } = load({ flags: { "ttl.authentication_session": "8760h" } });
    expect(config["ttl.authentication_session"]).toBe(180 * 24 * 3600);
    expect(warnings).toEqual([expect.stringMatching(/lowered to 180 days/)]);
  });

  it("pairwise subjects need a salt", () => {
    const flags = { ...development, "oidc.subject_identifiers.supported_types": ["public", "pairwise"] };
    expect(faultsOf({ flags })[0]).toMatch(/^oidc\.subject_identifiers\.pairwise\.salt: required/);
  });

  it("both ports cannot be the same, except that 0 is any free one", () => {
    const same = (port: number) => ({ ...development, "serve.public.port": port, "serve.admin.port": port });
    expect(faultsOf({ flags: same(5000) })).toEqual([expect.stringMatching(/^serve\.admin\.port: expected another/)]);
    expect(loadConfig({ flags: same(0) }).config["serve.admin.port"]).toBe(0);
  });

  it("proxies are addresses or CIDRs", () => {
    const key = "serve.public.trusted_proxies";
    expect(load({ flags: { [key]: ["10.0.0.0/8", "::1", "fd00::/8"] } }).config[key]).toHaveLength(3);
    for (const wrong of ["10.0.0.0/33", "10.0.0/8", "proxy", "::1/129", "10.0.0.0/8/8", "10.0.0.0/"]) {
      expect(faultsOf({ flags: { ...development, [key]: [wrong] } })).toHaveLength(1);
    }
  });
});

describe("the rotation of signing keys", () => {
  it("is off unless it is asked for, and the next key is published an hour before it signs", () => {
    const { config } = loadConfig({ flags: development });
    expect([config["keys.rotation.interval"], config["keys.rotation.publish_before"]]).toEqual([0, 3600]);
  });

  it.each([
    [{ "keys.rotation.interval": "1h" }, "keys.rotation.interval: expected more than keys.rotation.publish_before"],
    [{ "keys.rotation.publish_before": "6m59s" }, "keys.rotation.publish_before: expected a duration"],
    [{ "keys.rotation.interval": "-1h" }, "keys.rotation.interval: expected a duration"],
  ])("%o is refused", (flags, fault) => {
    expect(faultsOf({ flags: { ...development, ...flags } })[0]).toContain(fault);
  });

  it.each([
    { "keys.rotation.interval": "61m" },
    { "keys.rotation.interval": "421s", "keys.rotation.publish_before": "7m" },
    { "keys.rotation.publish_before": "24h" },
  ])("%o is good", (flags) => {
    expect(() => loadConfig({ flags: { ...development, ...flags } })).not.toThrow();
  });
});
