import type { LogoutRequest } from "../../protocol/logout.ts";

export interface LogoutRequestStore {
  begin(request: LogoutRequest): Promise<void>;
  find(id: string): Promise<LogoutRequest | undefined>;
  /** `asked`, `accepted` or `rejected` -> the answer, before expiry. The last one counts. */
  answer(id: string, answer: "accepted" | "rejected", now: Date): Promise<boolean>;
}
