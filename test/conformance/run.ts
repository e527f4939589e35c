/** `node test/conformance/run.ts [plan ...]`: plans of the OpenID Foundation's conformance suite against a running Tessera. */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { browserSteps } from "./browser-steps.ts";
import { askJson } from "./json-client.ts";
import { type Plan, plans } from "./plans.ts";
import { startSignInApp } from "./sign-in-app.ts";
import { createStaticClients, type StaticClients } from "./static-clients.ts";
import { type ModuleResult, suiteAt } from "./suite.ts";

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: "string", default: "https://localhost:8443" },
    issuer: { type: "string", default: "https://localhost:4444/" },
    admin: { type: "string", default: "http://localhost:4445" },
    "app-port": { type: "string", default: "3100" },
    out: { type: "string", default: "conformance-results" },
    /** A part of the modules' names. */
    only: { type: "string", default: "" },
  },
});

const Metadata = z.object({ authorization_endpoint: z.string(), end_session_endpoint: z.string() });
const noClients: StaticClients = { configuration: {}, remove: async () => {} };

async function main(): Promise<void> {
  const chosen = plans.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.filter((name) => !plans.some((plan) => plan.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no plan ${unknown.join(", ")}. Plans: ${plans.map(({ name }) => name).join(" ")}`);
  mkdirSync(options.out, { recursive: true });
  const app = await startSignInApp(options.admin, Number(options["app-port"]));
  try {
    for (const plan of chosen) {
      const results = await runPlan(plan);
      writeFileSync(join(options.out, `${plan.name}.json`), JSON.stringify({ ...plan, results }, null, 1));
      process.stdout.write(`${row(plan, results)}\n`);
      if (count(results, "FAILED", "INTERRUPTED") > 0) process.exitCode = 1;
    }
  } finally {
    await app.close();
  }
}

async function runPlan({ suiteName, variant }: Plan): Promise<ModuleResult[]> {
  const suite = suiteAt(options.suite);
  const alias = `tessera-${randomBytes(4).toString("hex")}`;
  const isStatic = variant.client_registration === "static_client";
  const clients = isStatic ? await createStaticClients(options.admin, `${options.suite}/test/a/${alias}`) : noClients;
  try {
    const configuration = { ...(await configurationFor(alias)), ...clients.configuration };
    const plan = await suite.createPlan({ planName: `${suiteName}-certification-test-plan`, variant, configuration });
    const results: ModuleResult[] = [];
    for (const module of plan.modules.filter(({ testModule }) => testModule.includes(options.only))) {
      const isRotating = module.testModule === "oidcc-server-rotate-keys";
      const result = await suite.run(plan.id, module, isRotating ? addKey : async () => {});
      results.push(result);
      process.stderr.write(lines(result));
    }
    return results;
  } finally {
    await clients.remove();
  }
}

async function configurationFor(alias: string): Promise<Record<string, unknown>> {
  const discoveryUrl = `${options.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const metadata = Metadata.parse(await askJson(discoveryUrl));
  const places = {
    app: `http://localhost:${options["app-port"]}`,
    issuer: options.issuer,
    authorizationEndpoint: metadata.authorization_endpoint,
    endSessionEndpoint: metadata.end_session_endpoint,
  };
  return {
    alias,
    description: `Tessera at ${options.issuer}`,
    // The pages' style sheets are nothing to the suite's browser.
    options: { browsercontrol_css_enable: false },
    server: { discoveryUrl },
    client: { client_name: `first-${alias}` },
    client2: { client_name: `second-${alias}` },
    ...browserSteps(places),
  };
}

/** The one step of all plans that is for the operator of the server. */
async function addKey(): Promise<void> {
  await askJson(`${options.admin}/admin/keys/openid.id-token`, { method: "POST", body: { alg: "RS256", use: "sig" } });
}

function count(results: readonly ModuleResult[], ...verdicts: readonly string[]): number {
  return results.filter(({ result }) => verdicts.includes(result)).length;
}

function row({ suiteName, variant }: Plan, results: readonly ModuleResult[]): string {
  const said = [
    variant.response_type && `\`${variant.response_type}\``,
    variant.client_registration?.replace("_", " "),
  ];
  const counts = [["PASSED"], ["WARNING"], ["REVIEW"], ["SKIPPED"], ["FAILED", "INTERRUPTED"]].map((verdicts) =>
    count(results, ...verdicts),
  );
  return `| ${[suiteName, said.filter(Boolean).join(", "), results.length, ...counts].join(" | ")} |`;
}

function lines({ result, seconds, module, responseType, notes, pages }: ModuleResult): string {
  const head = `${result.padEnd(11)} ${seconds.toFixed(1).padStart(6)}s  ${module} ${responseType}`;
  return `${[head, ...[...notes, ...pages].map((note) => `    ${note}`)].join("\n")}\n`;
}

await main();
