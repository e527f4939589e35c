/** Which scopes open a method: what only tells opens to `read`, the flows to `flow`, and everything to `admin`. */
import type { AdminScope } from "../../protocol/api-key.ts";

/** They hand out private keys: who reads them can do what they can. */
const readsSecrets: ReadonlySet<string> = new Set([
  "tessera.admin.v1.KeyService/GetKeySet",
  "tessera.admin.v1.KeyService/GetKey",
]);

/** `name`: `package.Service/Method`. A method that nobody thought of opens to `admin` alone. */
export function scopesOf(name: string): readonly AdminScope[] {
  if (name.startsWith("tessera.flow.v1.")) return ["flow"];
  const method = name.slice(name.indexOf("/") + 1);
  if (method.startsWith("Introspect")) return ["read", "flow"];
  return /^(?:Get|List|Watch)[A-Z]/.test(method) && !readsSecrets.has(name) ? ["read"] : ["admin"];
}
