/** The suite's REST API: make a plan, run its modules one after the other, read what they found. */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { textOf } from "./escape.ts";
import { askJson } from "./json-client.ts";

const Module = z.object({ testModule: z.string(), variant: z.record(z.string(), z.string()).nullish() });
const Plan = z.object({ id: z.string(), modules: z.array(Module) });
const Run = z.object({ id: z.string() });
const Info = z.object({ status: z.string().nullish(), result: z.string().nullish() });
const Log = z.array(
  z.object({
    result: z.string().optional(),
    src: z.string().optional(),
    msg: z.string().optional(),
    page_source: z.string().optional(),
    matched_regexp: z.string().optional(),
  }),
);

export type PlanModule = z.infer<typeof Module>;

export interface ModuleResult {
  readonly module: string;
  readonly responseType: string;
  /** PASSED, WARNING, REVIEW, SKIPPED, FAILED; INTERRUPTED where it did not come to its end. */
  readonly result: string;
  readonly id: string;
  readonly seconds: number;
  /** The conditions that warned or failed, or the reason for skipping. */
  readonly notes: readonly string[];
  /** What stood on the pages that a person shall judge. */
  readonly pages: readonly string[];
}

export interface NewPlan {
  readonly planName: string;
  readonly variant: Readonly<Record<string, string>>;
  readonly configuration: unknown;
}

export interface Suite {
  createPlan(plan: NewPlan): Promise<z.infer<typeof Plan>>;
  run(planId: string, module: PlanModule, beforeStart: () => Promise<void>): Promise<ModuleResult>;
}

const longestSeconds = 180;

export function suiteAt(url: string): Suite {
  const info = async (id: string) => Info.parse(await askJson(`${url}/api/info/${id}`));

  /** Until it has ended, by itself or by us. */
  async function follow(id: string, beforeStart: () => Promise<void>): Promise<boolean> {
    const end = performance.now() + longestSeconds * 1000;
    let isStarted = false;
    while (performance.now() < end) {
      const { status } = await info(id);
      if (status === "FINISHED" || status === "INTERRUPTED") return true;
      if (status === "CONFIGURED" && !isStarted) {
        isStarted = true;
        await beforeStart();
        await askJson(`${url}/api/runner/${id}`, { method: "POST" });
      }
      await wait(300);
    }
    await askJson(`${url}/api/runner/${id}`, { method: "DELETE" });
    return false;
  }

  /** It may still change for a moment after the end, while pages are captured. */
  async function verdict(id: string): Promise<string> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { status, result } = await info(id);
      if (status !== "FINISHED") return "INTERRUPTED";
      if (result && result !== "UNKNOWN") return result;
      await wait(300);
    }
    return "INTERRUPTED";
  }

  return {
    async createPlan({ planName, variant, configuration }) {
      const query = { planName, ...(Object.keys(variant).length > 0 ? { variant: JSON.stringify(variant) } : {}) };
      return Plan.parse(await askJson(`${url}/api/plan`, { method: "POST", query, body: configuration }));
    },

    async run(planId, { testModule, variant }, beforeStart) {
      const begin = performance.now();
      const query = { test: testModule, plan: planId, ...(variant ? { variant: JSON.stringify(variant) } : {}) };
      const { id } = Run.parse(await askJson(`${url}/api/runner`, { method: "POST", query }));
      const isEnded = await follow(id, beforeStart);
      const result = isEnded ? await verdict(id) : "INTERRUPTED";
      const seconds = Math.round((performance.now() - begin) / 100) / 10;
      const found = readLog(Log.parse(await askJson(`${url}/api/log/${id}`)));
      return { module: testModule, responseType: variant?.response_type ?? "", result, id, seconds, ...found };
    },
  };
}

function readLog(log: z.infer<typeof Log>): Pick<ModuleResult, "notes" | "pages"> {
  const notes = log
    .filter(({ result }) => ["WARNING", "FAILURE", "SKIPPED"].includes(result ?? ""))
    .map(({ result, src, msg }) => `${result} ${src}: ${msg}`);
  const pages = log.flatMap(({ msg, page_source, matched_regexp }) =>
    page_source && matched_regexp ? [`${msg}: ${textOf(page_source).slice(0, 600)}`] : [],
  );
  return { notes, pages };
}
