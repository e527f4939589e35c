/** The operator's own services that may have a say before tokens are issued. */
import type { JsonObject } from "../protocol/json.ts";
import type { HookAnswer } from "../protocol/token-hook.ts";

/** Asks one of them; throws when it cannot be reached, is too slow, or answers something else than it may. */
export type TokenHook = (question: JsonObject) => Promise<HookAnswer>;

/** Null: not configured. */
export interface TokenHooks {
  /** Asked about refreshes alone, before the other. */
  readonly refresh: TokenHook | null;
  readonly token: TokenHook | null;
}
