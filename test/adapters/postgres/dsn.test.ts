/** Connection strings as libpq and Hydra's users write them. */
import { describe, expect, test } from "vitest";
import { parseDsn } from "../../../src/adapters/postgres/dsn.ts";

describe("a PostgreSQL DSN", () => {
  test("names server, user, password and database, percent signs decoded", () => {
    expect(parseDsn("postgres://an%20na:p%40ss%2Fword@db.example:6543/tes%20sera")).toMatchObject({
      host: "db.example",
      port: 6543,
      user: "an na",
      password: "p@ss/word",
      database: "tes sera",
    });
  });

  test.each(["postgres", "postgresql", "cockroach"])("may begin with %s://", (scheme) => {
    expect(parseDsn(`${scheme}://u@h/d`)).toMatchObject({ host: "h", port: 5432, user: "u", database: "d" });
  });

  test("may hold an at sign in its password, as Go's parser allows", () => {
    expect(parseDsn("postgres://u:a@b@h/d")).toMatchObject({ host: "h", user: "u", password: "a@b" });
  });

  test("takes the names of the user for that of the database when it has none", () => {
    expect(parseDsn("postgres://anna@h")).toMatchObject({ user: "anna", database: "anna" });
  });

  test.each([
    ["postgres://u@/d?host=/run/pg&port=6543", "/run/pg/.s.PGSQL.6543"],
    ["postgres://u@%2Frun%2Fpg/d", "/run/pg/.s.PGSQL.5432"],
    ["postgres:///d?host=/run/pg/", "/run/pg/.s.PGSQL.5432"],
  ])("reaches a Unix socket: %s", (text, host) => {
    expect(parseDsn(text)).toMatchObject({ host, tls: "disable" });
  });

  test("takes an IPv6 address in brackets", () => {
    expect(parseDsn("postgres://u@[::1]:6543/d")).toMatchObject({ host: "::1", port: 6543 });
  });

  test("takes Hydra's limits of the pool and keeps them from the server", () => {
    const dsn = parseDsn(
      "postgres://u@h/d?max_conns=20&max_idle_conns=4&max_conn_lifetime=1h&max_conn_idle_time=90s&sslmode=disable",
    );
    expect(dsn).toMatchObject({ maxConnections: 20, maxIdleConnections: 4, lifetimeSeconds: 3600, idleSeconds: 90 });
    expect(dsn.startup).toEqual({ application_name: "tessera" });
  });

  test("hands anything else to the server, as pgx does", () => {
    expect(parseDsn("postgres://u@h/d?search_path=oauth&application_name=id").startup).toEqual({
      search_path: "oauth",
      application_name: "id",
    });
  });

  test("a lifetime of zero has no limit", () => {
    expect(parseDsn("postgres://u@h/d?max_conn_lifetime=0s").lifetimeSeconds).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    ["", "prefer", false],
    ["?sslmode=disable", "disable", undefined],
    ["?sslmode=allow", "prefer", false],
    ["?sslmode=require", "require", false],
    ["?sslmode=verify-ca", "require", true],
    ["?sslmode=verify-full", "require", true],
  ])("libpq's sslmode: '%s'", (query, tls, rejectUnauthorized) => {
    const dsn = parseDsn(`postgres://u@h/d${query}`);
    expect(dsn.tls).toBe(tls);
    expect(dsn.tlsOptions.rejectUnauthorized).toBe(rejectUnauthorized);
  });

  test("only verify-full looks at the certificate's name", () => {
    expect(parseDsn("postgres://u@h/d?sslmode=verify-full").tlsOptions.checkServerIdentity).toBeUndefined();
    expect(parseDsn("postgres://u@h/d?sslmode=verify-ca").tlsOptions.checkServerIdentity).toBeTypeOf("function");
  });

  test.each([
    ["mysql://u@h/d", /must begin with/],
    ["postgres://u:secret@h1,h2/d", /one host/],
    ["postgres://u:secret@h:12ab/d", /port in digits/],
    ["postgres://u:secret%zz@h/d", /percent sign/],
    ["postgres://u:secret@h/d?max_conns=many", /max_conns must be a number/],
    ["postgres://u:secret@h/d?max_conn_lifetime=long", /max_conn_lifetime must be a duration/],
    ["postgres://u:secret@h/d?sslmode=maybe", /sslmode must be one of/],
  ])("is refused with the reason and without its password: %s", (text, reason) => {
    expect(() => parseDsn(text)).toThrow(reason);
    expect(() => parseDsn(text)).not.toThrow(/secret/);
  });
});
