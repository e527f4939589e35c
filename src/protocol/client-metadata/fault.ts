/** The refusal of a registration: it names the member (RFC 7591 §3.2.2). */
import { refuse } from "../errors.ts";

export function fault(field: string, words: string): never {
  const code = field === "redirect_uris" ? "invalid_redirect_uri" : "invalid_client_metadata";
  refuse(code, `Field ${field} ${words}.`, { field });
}
