import { describe, expect, it } from "vitest";
import { load } from "../support/settings.ts";

describe("Hydra's rule for environment variables", () => {
  it("dots become underscores, letters upper case", () => {
    const { config } = load({
      environment: {
        SERVE_PUBLIC_CORS_ENABLED: "true",
        URLS_IDENTITY_PROVIDER_PUBLICURL: "https://idp.example.org",
        SERVE_COOKIES_NAMES_SESSION: "who",
      },
    });
    expect(config["serve.public.cors.enabled"]).toBe(true);
    expect(config["urls.identity_provider.publicUrl"]).toBe("https://idp.example.org");
    expect(config["serve.cookies.names.session"]).toBe("who");
  });

  it.each([
    ["commas", { SECRETS_SYSTEM: "the first secret of two, the second secret of two" }],
    ["JSON", { SECRETS_SYSTEM: '["the first secret of two","the second secret of two"]' }],
    ["indexes", { SECRETS_SYSTEM_0: "the first secret of two", SECRETS_SYSTEM_1: "the second secret of two" }],
  ])("a list may be written with %s", (_, environment) => {
    expect(load({ environment }).config["secrets.system"]).toEqual([
      "the first secret of two",
      "the second secret of two",
    ]);
  });

  it("a secret with a comma is whole in JSON and by index", () => {
    const whole = "one, and only one secret";
    expect(load({ environment: { SECRETS_SYSTEM: JSON.stringify([whole]) } }).config["secrets.system"]).toEqual([
      whole,
    ]);
    expect(load({ environment: { SECRETS_SYSTEM_0: whole } }).config["secrets.system"]).toEqual([whole]);
  });

  it("an object is JSON, and a hook may be a mere URL", () => {
    const auth = { type: "api_key", config: { in: "header", name: "X-Key", value: "v" } };
    const { config } = load({
      environment: {
        OAUTH2_TOKEN_HOOK: JSON.stringify({ url: "https://hook.example.org", auth }),
        OAUTH2_REFRESH_TOKEN_HOOK: "https://hook.example.org/refresh",
      },
    });
    expect(config["oauth2.token_hook"]).toEqual({ url: "https://hook.example.org", auth: auth.config });
    expect(config["oauth2.refresh_token_hook"]).toEqual({ url: "https://hook.example.org/refresh", auth: null });
  });

  it.each(["1", "t", "TRUE", "true"])("%s is true, as in Go", (text) => {
    expect(load({ environment: { OAUTH2_PKCE_ENFORCED: text } }).config["oauth2.pkce.enforced"]).toBe(true);
  });

  it("an empty variable says nothing", () => {
    expect(load({ environment: { URLS_LOGIN: "", TTL_ID_TOKEN: "" } }).config["ttl.id_token"]).toBe(3600);
  });
});

describe("the older names of the certificate", () => {
  it("by path they switch TLS on", () => {
    const { config } = load({ environment: { HTTPS_TLS_CERT_PATH: "/tls/c.pem", HTTPS_TLS_KEY_PATH: "/tls/k.pem" } });
    for (const port of ["public", "admin"] as const) {
      expect(config[`serve.${port}.tls.enabled`]).toBe(true);
      expect(config[`serve.${port}.tls.cert.path`]).toBe("/tls/c.pem");
      expect(config[`serve.${port}.tls.key.path`]).toBe("/tls/k.pem");
    }
  });

  it("by value they may be PEM, or PEM in base64", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    const base64 = Buffer.from(pem).toString("base64");
    for (const value of [pem, base64]) {
      const { config } = load({ environment: { HTTPS_TLS_CERT: value, HTTPS_TLS_KEY: value } });
      expect(config["serve.public.tls.cert.base64"]).toBe(base64);
    }
  });

  it("serve.tls.enabled: false leaves TLS off all the same", () => {
    const environment = { HTTPS_TLS_CERT_PATH: "/c", HTTPS_TLS_KEY_PATH: "/k", SERVE_TLS_ENABLED: "false" };
    expect(load({ environment }).config["serve.public.tls.enabled"]).toBe(false);
  });
});
