/** Browsers that are asked for a user code: a wrong one is counted by the statement that tries it. */
import type { DeviceChallengeStore } from "../../ports/store/device-codes.ts";
import { mostWrongCodes } from "../../protocol/device-code.ts";
import { column, digest } from "./arguments.ts";
import { bytesOf, digestOf, uuidOf } from "./cells.ts";
import type { Database } from "./database.ts";
import { type DeviceCodeRow, deviceCodeColumns, toDeviceCode } from "./device-codes.ts";

interface ChallengeRow {
  readonly cookie_digest: Uint8Array;
  readonly prefilled: boolean;
  readonly expires_at: Date;
  readonly wrong_codes: number;
  readonly device_code: Uint8Array | null;
}

type EnteredRow = { readonly open: boolean } & (DeviceCodeRow | { readonly digest: null });

export const deviceChallenges = (db: Database): DeviceChallengeStore => ({
  async begin({ id, cookieDigest, prefilled, expiresAt }) {
    await db.run("device_challenges.begin")`
      insert into device_challenges (id, expires_at, cookie_digest, prefilled, wrong_codes)
      values (${uuidOf(id)}, ${expiresAt}, ${bytesOf(cookieDigest)}, ${prefilled}, 0)`;
  },

  async find(id) {
    const row = await db.first<ChallengeRow>("device_challenges.find")`
      select cookie_digest, prefilled, expires_at, wrong_codes, device_code
      from device_challenges where id = ${uuidOf(id)}`;
    if (row === undefined) return undefined;
    return {
      id,
      cookieDigest: digestOf(row.cookie_digest),
      prefilled: row.prefilled,
      expiresAt: row.expires_at,
      deviceCodeDigest: row.device_code === null ? null : digestOf(row.device_code),
      isOver: row.wrong_codes >= mostWrongCodes,
    };
  },

  // Those who try at once wait for one another at the challenge's row, and each sees what the one before has counted.
  async enter({ challengeId, userCodeDigests, keeps, now }) {
    const row = await db.first<EnteredRow>("device_challenges.enter")`
      with device as (
        select ${deviceCodeColumns} from device_codes d
        join clients c on c.id = d.client_id and c.number = d.client_number
        where d.user_code_digest = any(${column(userCodeDigests, digest, (one) => one)}::bytea[])
          and d.state = 'pending' and d.expires_at > ${now}
        limit 1
      ), challenge as (
        update device_challenges set
          wrong_codes = wrong_codes + case when exists (select from device) then 0 else 1 end,
          device_code = case when ${keeps} then coalesce((select digest from device), device_code) else device_code end
        where id = ${uuidOf(challengeId)} and expires_at > ${now} and wrong_codes < ${mostWrongCodes}
        returning id
      )
      select exists (select from challenge) as open, ${deviceCodeColumns}
      from (select) as one left join device d on true`;
    if (row === undefined || !row.open) return "over";
    return row.digest === null ? "wrong" : toDeviceCode(row);
  },
});
