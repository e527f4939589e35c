/** User codes are short: only a digest under a key tells nothing of them to whoever reads the database. */
import { createHmac } from "node:crypto";
import type { Secrets } from "../../ports/ports.ts";
import type { Subkeys } from "./subkeys.ts";

export function userCodeDigests(keys: Subkeys): Pick<Secrets, "userCodeDigests"> {
  const [first, ...older] = keys("user code");
  return {
    userCodeDigests(userCode) {
      const under = ({ key }: typeof first) => createHmac("sha256", key).update(userCode).digest("base64url");
      return [under(first), ...older.map(under)];
    },
  };
}
