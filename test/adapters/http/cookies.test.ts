import { describe, expect, test } from "vitest";
import { type CookieConfig, cookies } from "../../../src/adapters/http/cookies.ts";

const config = (parts: Partial<CookieConfig> = {}): CookieConfig => ({
  dev: false,
  "urls.self.issuer": "https://id.example/",
  "ttl.login_consent_request": 1800,
  "serve.cookies.same_site_mode": "None",
  "serve.cookies.domain": "",
  "serve.cookies.secure": false,
  "serve.cookies.names.login_csrf": "ory_hydra_login_csrf",
  "serve.cookies.names.session": "ory_hydra_session",
  "serve.cookies.paths.session": "/",
  ...parts,
});
const write = (parts: Partial<CookieConfig> = {}) => cookies(config(parts));
const devNames = {
  "serve.cookies.names.login_csrf": "ory_hydra_login_csrf_dev",
  "serve.cookies.names.session": "ory_hydra_session_dev",
} as const;
const session = { cookie: "session", value: "s3cret", maxAgeSeconds: 3600 } as const;
const flow = { cookie: "flow", suffix: "abcdefgh", value: "v" } as const;

describe("FLOW-025: attributes", () => {
  test("HttpOnly, Secure, SameSite, the configured path, and no Domain", () => {
    expect(write().write([session, flow])).toEqual([
      "ory_hydra_session=s3cret; Max-Age=3600; Path=/; HttpOnly; Secure; SameSite=None",
      // D46: as long as an expired flow can be started anew.
      `ory_hydra_login_csrf_abcdefgh=v; Max-Age=${1800 + 24 * 3600}; Path=/; HttpOnly; Secure; SameSite=None`,
    ]);
  });

  test("a Domain and a path only when configured", () => {
    const [cookie] = write({ "serve.cookies.domain": "example.com", "serve.cookies.paths.session": "/id" }).write([
      flow,
    ]);
    expect(cookie).toContain("; Path=/id; Domain=example.com;");
  });

  test("without a remembered login the session cookie ends with the browser", () => {
    expect(write().write([{ ...session, maxAgeSeconds: null }])).toEqual([
      "ory_hydra_session=s3cret; Path=/; HttpOnly; Secure; SameSite=None",
    ]);
  });

  test("an expired cookie has the attributes of the one it ends", () => {
    const [cookie] = write({ "serve.cookies.domain": "example.com" }).write([{ ...flow, value: null }]);
    expect(cookie).toMatch(/^ory_hydra_login_csrf_abcdefgh=; Max-Age=0; .*Path=\/; Domain=example\.com;/);
  });

  test.each([
    ["https issuer", {}, "None", true],
    ["http issuer: None becomes Lax", { "urls.self.issuer": "http://id.example/" }, "Lax", true],
    ["Strict stays", { "serve.cookies.same_site_mode": "Strict" }, "Strict", true],
    ["dev: not Secure, so not None", { dev: true }, "Lax", false],
    ["dev with secure: true", { dev: true, "serve.cookies.secure": true }, "None", true],
    ["out of dev, secure: false changes nothing", { "serve.cookies.secure": false }, "None", true],
  ] as const)("SameSite and Secure: %s", (_what, parts, sameSite, isSecure) => {
    const [cookie = ""] = write(parts).write([session]);
    expect(cookie.endsWith(`SameSite=${sameSite}`)).toBe(true);
    expect(cookie.includes("; Secure")).toBe(isSecure);
  });

  test("names are the settings', which dev mode has marked as Hydra does", () => {
    const names = write(devNames)
      .write([session, flow])
      .map((cookie) => cookie.split("=")[0]);
    expect(names).toEqual(["ory_hydra_session_dev", "ory_hydra_login_csrf_dev_abcdefgh"]);
  });
});

describe("reading", () => {
  const read = (header: string | undefined, parts: Partial<CookieConfig> = {}) => cookies(config(parts)).read(header);

  test("the session's secret, and each flow's values by its suffix", () => {
    const browser = read("a=b; ory_hydra_session=s; ory_hydra_login_csrf_aaaaaaaa=1; ory_hydra_login_csrf_bbbbbbbb=2");
    expect(browser.sessionSecret).toBe("s");
    expect([...browser.flowCookies]).toEqual([
      ["aaaaaaaa", ["1"]],
      ["bbbbbbbb", ["2"]],
    ]);
  });

  test("no header, no cookies", () => {
    expect(read(undefined)).toEqual({ flowCookies: new Map(), sessionSecret: null, state: null });
  });

  test("FLOW-029: of two sessions that differ none is believed; a flow's duplicates are all kept", () => {
    expect(read("ory_hydra_session=a; ory_hydra_session=b").sessionSecret).toBeNull();
    expect(read("ory_hydra_session=a; ory_hydra_session=a").sessionSecret).toBe("a");
    const { flowCookies } = read("ory_hydra_login_csrf_aaaaaaaa=1; ory_hydra_login_csrf_aaaaaaaa=2");
    expect(flowCookies.get("aaaaaaaa")).toEqual(["1", "2"]);
  });

  test.each([
    "",
    "=s",
    "ory_hydra_session",
    "ory_hydra_session=",
    `ory_hydra_session=${"a".repeat(8192)}`,
    "ory_hydra_session=a b",
    'ory_hydra_session="a"',
    "Ory_Hydra_Session=a",
    "ory_hydra_session_dev=a",
    "__proto__=a",
  ])("FLOW-026: what we never set is no cookie: %.40s", (header) => {
    expect(read(header)).toEqual({ flowCookies: new Map(), sessionSecret: null, state: null });
  });

  test("a flow's cookie of dev mode is none in earnest, and the other way round", () => {
    expect(read("ory_hydra_login_csrf_dev_aaaaaaaa=1").flowCookies.size).toBe(0);
    expect(read("ory_hydra_login_csrf_aaaaaaaa=1", devNames).flowCookies.size).toBe(0);
    expect(read("ory_hydra_login_csrf_dev_aaaaaaaa=1", devNames).flowCookies.size).toBe(1);
  });

  test("HTTP-003: 500 cookies are read in one go", () => {
    const header = Array.from({ length: 500 }, (_, index) => `c${index}=v`).join("; ");
    expect(read(`${header}; ory_hydra_session=s`).sessionSecret).toBe("s");
  });
});
