/** The `Secrets` port: everything that rests on `secrets.system`, and the hashes of client secrets. */
import type { Secrets } from "../../ports/ports.ts";
import { clientSecrets, type SlowWork, slowWork } from "./client-secrets.ts";
import { handles } from "./handles.ts";
import type { MacSecrets } from "./mac-secrets.ts";
import { pageTokens } from "./page-tokens.ts";
import type { RandomBytes } from "./random.ts";
import { refreshTokens } from "./refresh-tokens.ts";
import type { Subkeys } from "./subkeys.ts";
import { userCodeDigests } from "./user-codes.ts";

export interface SecretsSources {
  readonly subkeys: Subkeys;
  readonly randomBytes: RandomBytes;
  readonly macs: Pick<MacSecrets, "sealClientSecret">;
  /** The setting `oauth2.token_prefix`: `tsr` or `ory`. */
  readonly tokenPrefix: string;
}

export function secrets(
  { subkeys, randomBytes, macs, tokenPrefix }: SecretsSources,
  work: SlowWork = slowWork(),
): Secrets {
  return {
    ...handles(subkeys),
    ...refreshTokens(subkeys, tokenPrefix),
    ...pageTokens(subkeys),
    ...userCodeDigests(subkeys),
    sealClientSecret: macs.sealClientSecret,
    ...clientSecrets(randomBytes, work),
  };
}
