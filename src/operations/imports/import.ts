/** Brings along what another server knows, so that its clients and users need not notice; once, however often it runs. */
import type { ImportPart, ImportSource } from "../../ports/import-source.ts";
import { isSame } from "../../protocol/digest.ts";
import { clientStep } from "./clients.ts";
import { consentStep, subjectStep } from "./consents.ts";
import { keyStep, trustStep } from "./keys.ts";
import type { PartReport } from "./report.ts";
import { type ImportPorts, perform, type Way } from "./step.ts";

export interface ImportOrder extends Way {
  readonly source: ImportSource;
  readonly now: Date;
}

export async function importAll(order: ImportOrder, ports: ImportPorts): Promise<ReadonlyMap<ImportPart, PartReport>> {
  const { source, now } = order;
  const reports = new Map<ImportPart, PartReport>();
  reports.set("keys", await perform(keyStep(source, now, ports), order));
  if (!order.isDry) await keepTokenKeys(source, ports);
  reports.set("clients", await perform(clientStep(source, ports), order));
  reports.set("trusted issuers", await perform(trustStep(source, now, ports), order));
  reports.set("forced subjects", await perform(subjectStep(source, ports), order));
  reports.set("refresh tokens", await perform(consentStep("refresh tokens", source.refreshTokens(), ports), order));
  reports.set("consents", await perform(consentStep("consents", source.consents(), ports), order));
  return reports;
}

/** Before any token: one that is here without its key would be refused. */
async function keepTokenKeys(source: ImportSource, { store, random }: ImportPorts): Promise<void> {
  const present = (await store.imports.keys()).map(({ key }) => textOf(key));
  for (const key of source.tokenKeys) {
    if (present.some((text) => isSame(text, textOf(key)))) continue;
    await store.imports.keepKey({ id: random.id(), key });
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString("base64url");
}
