import { describe, expect, it } from "vitest";
import { lines } from "./lines.ts";

describe("a line of the log", () => {
  it("is one line of JSON with level, time, service and message, whatever the values hold", () => {
    const { log, texts, parsed } = lines();
    log.write("warn", "two\nlines", { agent: 'x"\r\n{"level":"fatal"}' });
    expect(texts[0]?.match(/\n/g)).toHaveLength(1);
    expect(parsed()).toEqual([
      {
        level: "warn",
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        audience: "application",
        service_name: "Tessera",
        service_version: "1.2.3",
        agent: 'x"\r\n{"level":"fatal"}',
        msg: "two\nlines",
      },
    ]);
  });

  it("names no member twice", () => {
    const { log, texts } = lines();
    log.write("info", "x", { audience: "audit" });
    expect(texts[0]?.match(/"audience"/g)).toHaveLength(1);
  });

  it("CWE-532: texts under the names of secrets are replaced, at any depth", () => {
    const { log, texts } = lines();
    log.write("info", "x", {
      token: "tiger",
      headers: { authorization: "Basic tiger", accept: "*/*" },
      a: { b: { c: { client_secret: "tiger", d: { e: { code: "tiger" } } } } },
      refresh_token: true,
    });
    expect(texts[0]).not.toContain("tiger");
    expect(texts[0]).toContain('"accept":"*/*"');
    expect(texts[0]).toContain('"refresh_token":true');
  });

  it("an error is told with its causes, without the members that libraries hang on it", () => {
    const { log, texts, parsed } = lines();
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", parameters: ["tiger"] });
    log.write("error", "x", { error: new Error("no database", { cause }) });
    expect(parsed()[0].error).toMatchObject({
      type: "Error",
      message: "no database",
      cause: { message: "connect ECONNREFUSED", error_code: "ECONNREFUSED" },
    });
    expect(texts[0]).not.toContain("tiger");
  });

  it("causes that run in a circle end", () => {
    const { log, parsed } = lines();
    const error = new Error("round");
    error.cause = error;
    log.write("error", "x", { error });
    expect(parsed()[0].error.message).toBe("round");
  });
});

describe("levels", () => {
  it.each([
    ["panic", ["fatal"]],
    ["fatal", ["fatal"]],
    ["error", ["error", "fatal"]],
    ["warning", ["warn", "error", "fatal"]],
    ["info", ["info", "warn", "error", "fatal"]],
    ["trace", ["debug", "info", "warn", "error", "fatal"]],
  ] as const)("log.level %s lets %j through", (level, through) => {
    const { log, parsed } = lines({ level });
    for (const each of ["debug", "info", "warn", "error", "fatal"] as const) log.write(each, each);
    expect(parsed().map((line) => line.msg)).toEqual(through);
    expect(log.isLogged("info")).toBe(through.some((each) => each === "info"));
  });
});

describe("where lines go", () => {
  it("log.format json_pretty indents", () => {
    const { log, texts } = lines({ format: "json_pretty" });
    log.write("info", "x");
    expect(texts[0]).toMatch(/^\{\n {2}"level": "info",\n/);
  });

  it("log.format text is JSON where no terminal reads", () => {
    const { log, parsed } = lines({ format: "text" });
    log.write("info", "x");
    expect(parsed()).toHaveLength(1);
  });
});
