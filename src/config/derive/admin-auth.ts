/** Whether the admin port asks who calls: when it is told to, or when somebody has named whose certificates are good. */
import type { Judgement } from "../judgement.ts";
import type { Settings } from "../settings.ts";
import type { PortTls } from "./tls.ts";

export function deriveAdminAuth(given: Settings & PortTls, judgement: Judgement): boolean {
  const named = (["path", "base64"] as const).find((part) => given[`serve.admin.tls.client_ca.${part}`] !== null);
  const isRequired = given["serve.admin.auth.required"] ?? named !== undefined;
  if (named === undefined) return isRequired;
  // Who names an authority means to be safe by it.
  const key = `serve.admin.tls.client_ca.${named}` as const;
  if (!given["serve.admin.tls.enabled"]) judgement.refuse(key, "needs TLS on the admin port (serve.admin.tls)");
  if (!isRequired) judgement.refuse("serve.admin.auth.required", `expected true, or unset, with ${key}`);
  return isRequired;
}
