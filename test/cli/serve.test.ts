import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { explainStart } from "../../src/cli/refusals.ts";
import { freePort, send } from "../support/server.ts";
import { load, temporaryFolder } from "../support/settings.ts";

const root = join(import.meta.dirname, "..", "..");
const launcher = join(root, "src", "launch.js");

/** A process of the program, with nothing but these variables in its environment. */
function launch(words: readonly string[], variables: Record<string, string>, node = process.execPath) {
  const env = { PATH: process.env.PATH ?? "", NODE_OPTIONS: "", ...variables };
  const child = spawn(node, [launcher, ...words], { env, cwd: temporaryFolder(), stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    texts.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    texts.stderr += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, ...texts }));
  });
  return { child, ended };
}

/** Ends when the program says that it serves the port. */
function serving(child: ChildProcess, port: "public" | "admin"): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(`serving the ${port} port`)) resolve();
    });
    child.once("close", () => reject(new Error(text)));
  });
}

async function ports() {
  const [open, admin] = [await freePort(), await freePort()];
  const variables = {
    SERVE_PUBLIC_PORT: String(open),
    SERVE_PUBLIC_HOST: "127.0.0.1",
    SERVE_ADMIN_PORT: String(admin),
  };
  // With pages of its own the server mounts none, which would take a port of theirs.
  const pages = { URLS_LOGIN: "http://127.0.0.1:9/login", URLS_CONSENT: "http://127.0.0.1:9/consent" };
  return { variables: { ...variables, ...pages, DSN: "memory" }, open, admin };
}

describe("serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("answers on both ports, and ends with 0 at %s", async (signal) => {
    const { variables, open, admin } = await ports();
    const { child, ended } = launch(["serve", "all", "--dev"], variables);
    await serving(child, "admin");
    expect((await send("GET", `http://127.0.0.1:${open}/health/ready`)).status).toBe(200);
    expect((await send("GET", `http://127.0.0.1:${admin}/health/ready`)).status).toBe(200);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stdout]).toEqual([0, ""]);
    for (const line of stderr.trimEnd().split("\n"))
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  });

  it("tells by which settings it runs, secrets masked", async () => {
    const { variables } = await ports();
    const { child, ended } = launch(["host", "--dev"], { ...variables, SECRETS_SYSTEM: "tiger tiger tiger" });
    await serving(child, "admin");
    child.kill("SIGTERM");
    const { stderr } = await ended;
    const line = stderr.split("\n").find((text) => text.includes('"settings"'));
    expect(JSON.parse(line ?? "{}").settings).toMatchObject({ dsn: "memory", dev: "true", "secrets.system": "****" });
    expect(stderr).not.toContain("tiger");
  });

  it("without settings it does not start: each fault one line, exit code 1", async () => {
    const { code, stderr } = await launch(["serve", "all"], { SERVE_PUBLIC_PORT: "x", URLS_SELF_ISSUER: "http://a" })
      .ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^serve\.public\.port: .*\(SERVE_PUBLIC_PORT\)$/),
      expect.stringMatching(/^urls\.self\.issuer: .*\(URLS_SELF_ISSUER\)$/),
      expect.stringMatching(/^secrets\.system: required/),
    ]);
  });

  it("a port in use is named with its setting, and the other port is free again", async () => {
    const { variables, open } = await ports();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(open, "127.0.0.1", resolve));
    onTestFinished(() => void squatter.close());
    const { code, stderr } = await launch(["serve", "all", "--dev"], variables).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`\nserve.public.port: port ${open} is in use by another program\n`);
  });

  it("the database in memory is one process's own, so one port alone refuses it", async () => {
    for (const port of ["public", "admin"]) {
      const { code, stderr } = await launch(["serve", port, "--dev"], { DSN: "memory" }).ended;
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^dsn: memory/)]);
    }
  });
});

describe("the launcher", () => {
  it("runs the program under a Node that is new enough", async () => {
    const { code, stdout } = await launch(["version"], {}).ended;
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Node:       ${process.version}`)]);
  });

  it("hands its arguments and the exit code through", async () => {
    const { code, stderr } = await launch(["introspect", "token", "x", "-e", "http://127.0.0.1:9"], {}).ended;
    expect([code, stderr]).toEqual([1, "The server cannot be reached: connect ECONNREFUSED 127.0.0.1:9\n"]);
  });

  const old = olderNode();
  it.skipIf(old === undefined)(
    `under an older Node (${old ?? "none here"}) it finds the one of the project`,
    async () => {
      const { code, stdout } = await launch(["version"], {}, old).ended;
      expect([code, stdout]).toEqual([0, expect.stringMatching(/Node: +v(2[4-9]|[3-9]\d)\./)]);
    },
  );

  it.skipIf(old === undefined)("signals reach the program, and its exit code comes back", async () => {
    const { variables } = await ports();
    const { child, ended } = launch(["serve", "all", "--dev"], variables, old);
    await serving(child, "admin");
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });
});

/** A Node on this machine that the program cannot run under, if there is one. */
function olderNode(): string | undefined {
  const places = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return places
    .map((folder) => join(folder, "node"))
    .find((path) => existsSync(path) && /^v(1\d|2[0-3])\./.test(spawnSync(path, ["--version"]).stdout.toString()));
}

describe("why a server does not start", () => {
  const { config } = load({ flags: { "serve.public.port": 80, "serve.admin.port": 81 } });
  const failure = (fields: object) => Object.assign(new Error("the system's words"), fields);

  it.each([
    [{ code: "EADDRINUSE", port: 81 }, "serve.admin.port: port 81 is in use by another program"],
    [{ code: "EADDRINUSE", path: "/s" }, "serve.*.host: somebody already listens at /s"],
    [{ code: "EACCES", port: 80 }, "serve.public.port: this user may not listen at port 80"],
    [{ code: "EADDRNOTAVAIL", port: 80 }, "serve.public.host: this machine has no such address"],
    [{ code: "EACCES", path: "/d" }, "/d cannot be written or read (dsn, data.folder): the system's words"],
    [{}, "the system's words"],
  ])("%j is told as: %s", (fields, line) => {
    expect(explainStart(failure(fields), config)).toEqual([line]);
  });

  it("of several reasons each is a line", () => {
    const both = new AggregateError([failure({}), failure({ code: "EACCES", port: 80 })]);
    expect(explainStart(both, config)).toHaveLength(2);
  });
});
