import type { LoginSession } from "../../protocol/login-session.ts";

export interface LoginSessionStore {
  /** The unexpired session whose cookie secret has this digest. */
  findBySecret(secretDigest: string, now: Date): Promise<LoginSession | undefined>;
  end(id: string): Promise<boolean>;
}
