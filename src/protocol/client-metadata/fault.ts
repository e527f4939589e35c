/** The refusal of a registration: it names the member (RFC 7591 §3.2.2). */
import { refuse } from "../errors.ts";

export function fault(field: string, words: string): never {
  refuse("invalid_client_metadata", `Field ${field} ${words}.`, { field });
}
