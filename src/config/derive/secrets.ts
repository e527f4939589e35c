/** The secrets: required, long enough and nobody's example (D22). */
import type { Judgement } from "../judgement.ts";
import type { Config, Settings } from "../settings.ts";

type SecretKey = "secrets.system" | "secrets.cookie" | "secrets.pagination";

/** Secrets that Hydra's documentation and examples print: everybody knows them. */
const printed = new Set([
  "youReallyNeedToChangeThis",
  "this-is-the-primary-secret",
  "this-is-an-old-secret",
  "this-is-another-old-secret",
  "this_needs_to_be_the_same_always_and_also_very_$3cuR3-._",
  "make-sure-to-change-me",
]);

/** `devSecret` makes, or finds again, the secret of development mode; null where there is nobody to ask. */
export function deriveSecrets(
  parsed: Settings,
  judgement: Judgement,
  devSecret: ((folder: string) => string) | null,
): Pick<Config, SecretKey> {
  const system = parsed["secrets.system"] ?? [];
  const made = system.length === 0 && parsed.dev && devSecret !== null ? attempt(devSecret, parsed, judgement) : [];
  const all = [...system, ...made];
  if (all.length === 0) {
    judgement.refuse("secrets.system", "required: a list of texts of at least 16 characters, the newest first");
  }
  const secrets = {
    "secrets.system": all,
    "secrets.cookie": parsed["secrets.cookie"] ?? all,
    "secrets.pagination": parsed["secrets.pagination"] ?? all,
  };
  if (!parsed.dev) refusePrinted(secrets, judgement);
  return secrets;
}

function attempt(make: (folder: string) => string, parsed: Settings, judgement: Judgement): readonly string[] {
  try {
    return [make(parsed["data.folder"])];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    judgement.refuse("data.folder", `the secret of dev mode cannot be kept there: ${reason}`);
    return [];
  }
}

function refusePrinted(secrets: Pick<Config, SecretKey>, judgement: Judgement): void {
  for (const key of ["secrets.system", "secrets.cookie", "secrets.pagination"] as const) {
    if (judgement.origins.has(key) && secrets[key].some((secret) => printed.has(secret))) {
      judgement.refuse(key, "refused: it is an example that everybody can read");
    }
  }
}
