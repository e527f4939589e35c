/** Who calls the admin port, and may they? Asked of every call where the port is guarded (D23). */
import type { AdminRefusal, Events } from "../../ports/events.ts";
import type { Ports } from "../../ports/ports.ts";
import { type AdminScope, type Asker, isOpened, looksLikeApiKey } from "../../protocol/api-key.ts";
import { digest } from "../../protocol/digest.ts";
import { OAuthError } from "../../protocol/errors.ts";

/** What a call brings to say who makes it. */
export interface Presented {
  /** From `Authorization: Bearer`; null when there is none. */
  readonly token: string | null;
  /** Of the connection; null when it has none. */
  readonly certificate: { readonly subject: string; readonly isTrusted: boolean } | null;
  readonly requestId: string;
  readonly now: Date;
}

export type Recognizing = Pick<Ports, "config" | "events"> & { readonly store: Pick<Ports["store"], "apiKeys"> };

/**
 * A key is looked up for every call: one that was revoked anywhere before the call began opens nothing. Calls that come
 * together share a statement, so a busy server pays little for it.
 */
export async function recognize(presented: Presented, { config, events, store }: Recognizing): Promise<Asker> {
  const { token, certificate, requestId, now } = presented;
  const refuse = (reason: AdminRefusal, message: string, caller: Pick<Asker, "kind" | "id"> | null): never => {
    events.emit({ type: "admin_call_refused", reason, caller, call: null, requestId });
    throw new OAuthError("invalid_token", message);
  };
  if (certificate !== null && !certificate.isTrusted) {
    return refuse("untrusted_certificate", "The client certificate is not one that is trusted here.", null);
  }
  if (token === null) {
    if (certificate === null) return refuse("no_key", "This port asks for an API key or a client certificate.", null);
    return { kind: "certificate", id: certificate.subject, scopes: config["serve.admin.auth.certificate_scope"] };
  }
  // Where there are both, the key counts: it is what the caller chose for this call.
  const key = looksLikeApiKey(token) ? await store.apiKeys.find(digest(token)) : undefined;
  if (key === undefined) return refuse("unknown_key", "The API key is not known.", null);
  if (key.expiresAt !== null && key.expiresAt <= now) {
    return refuse("expired_key", "The API key has expired.", { kind: "api_key", id: key.id });
  }
  return { kind: "api_key", id: key.id, scopes: key.scopes };
}

export interface Asking {
  /** What is called, for the log. */
  readonly call: string;
  /** Any of these scopes is enough. */
  readonly wanted: readonly AdminScope[];
  /** Undefined where nobody was recognized. */
  readonly asker: Asker | undefined;
}

export function permit({ call, wanted, asker }: Asking, { events }: { readonly events: Events }): void {
  // The door recognizes everybody who gets here; if it ever failed to, nothing opens.
  if (asker === undefined)
    throw new OAuthError("invalid_token", "This port asks for an API key or a client certificate.");
  if (isOpened(wanted, asker.scopes)) return;
  const caller = { kind: asker.kind, id: asker.id };
  events.emit({ type: "admin_call_refused", reason: "insufficient_scope", caller, call, requestId: null });
  const names = [...new Set([...wanted, "admin"])].join(" or ");
  throw new OAuthError("insufficient_scope", `This call takes a key of the scope ${names}.`);
}
