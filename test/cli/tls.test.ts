import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { selfSigned } from "../adapters/http/certificate.ts";
import { startWorld } from "../support/server.ts";
import { temporaryFolder } from "../support/settings.ts";
import { run } from "./world.ts";

it("--skip-tls-verify, and only it, believes a certificate that nobody vouches for", async () => {
  const { key, cert } = selfSigned();
  const folder = temporaryFolder();
  writeFileSync(join(folder, "key.pem"), key, { mode: 0o600 });
  writeFileSync(join(folder, "cert.pem"), cert);
  const settings = {
    "serve.tls.enabled": true,
    "serve.tls.key.path": join(folder, "key.pem"),
    "serve.tls.cert.path": join(folder, "cert.pem"),
  };
  const world = await startWorld({ settings });
  onTestFinished(() => world.close());
  const made = ["create", "client", "-e", world.adminUrl, "--id", "tls", "--secret", "tls-secret-tls"];
  const asked = ["perform", "client-credentials", "-e", world.publicUrl, "--client-id", "tls"];
  const grant = ["--grant-type", "client_credentials"];
  for (const protocol of ["grpc", "connect"]) {
    const refused = await run(...made, ...grant, "--protocol", protocol);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/certificate/)]);
  }
  expect(await run(...made, ...grant, "--skip-tls-verify")).toMatchObject({ exitCode: 0, stderr: "" });
  const over = await run("list", "clients", "-e", world.adminUrl, "--protocol", "connect", "--skip-tls-verify", "-q");
  expect(over.stdout).toBe("tls\n");

  const secret = ["--client-secret", "tls-secret-tls", "-q"];
  const refused = await run(...asked, ...secret);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/certificate/)]);
  const trusted = await run(...asked, ...secret, "--skip-tls-verify");
  expect(trusted.stdout).toMatch(/^tsr_at_/);
  const revoked = ["revoke", "token", trusted.stdout.trim(), "-e", world.publicUrl, "--client-id", "tls"];
  expect(await run(...revoked, ...secret, "--skip-tls-verify")).toMatchObject({ exitCode: 0 });
});
