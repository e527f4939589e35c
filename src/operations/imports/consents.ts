/** What users agreed to at another server, the refresh tokens that hang from it, and how clients know these users. */
import type { ForeignConsent, ImportPart, ImportSource, KnownSubject, Read } from "../../ports/import-source.ts";
import type { Outcome } from "./report.ts";
import type { ImportPorts, Step } from "./step.ts";

export function subjectStep(source: ImportSource, ports: ImportPorts): Step<KnownSubject, KnownSubject> {
  return {
    part: "forced subjects",
    batches: source.forcedSubjects(),
    judge: (known) => known,
    async write(subjects) {
      const outcomes: Outcome[] = [];
      for (const known of subjects) outcomes.push(await keepSubject(known, ports));
      return outcomes;
    },
  };
}

type Written = Outcome | { readonly lost: string };

export function consentStep(
  part: ImportPart,
  batches: AsyncIterable<readonly Read<ForeignConsent>[]>,
  ports: ImportPorts,
): Step<ForeignConsent, ForeignConsent> {
  return {
    part,
    batches,
    judge: (consent) => (consent.imported === null && consent.known === null ? null : consent),
    foresee: ({ imported }) => (imported === null ? "nothing" : "written"),
    async write(consents) {
      for (const { known } of consents) if (known !== null) await keepSubject(known, ports);
      const imported = consents.flatMap((consent) => consent.imported ?? []);
      const outcomes = await ports.store.imports.keep(imported);
      const byId = new Map(imported.map(({ authorization }, index) => [authorization.id, outcomes[index]]));
      return consents.map((consent): Written => {
        const outcome = consent.imported === null ? "nothing" : byId.get(consent.imported.authorization.id);
        return outcome === "without client" ? { lost: "its client is not here" } : (outcome ?? "nothing");
      });
    },
  };
}

/** What is known here already stays: it may be younger. */
async function keepSubject({ clientId, subject, presented }: KnownSubject, { store }: ImportPorts): Promise<Outcome> {
  if ((await store.forcedSubjects.find(clientId, subject)) !== undefined) return "present";
  await store.forcedSubjects.keep(clientId, subject, presented);
  return "written";
}
