/** Browsers that are asked for a user code: a wrong one is counted in the step that tries it. */
import type { DeviceChallengeStore } from "../../ports/store/device-codes.ts";
import { mostWrongCodes } from "../../protocol/device-code.ts";
import { digestBytes, digestText, idBytes, nullOr } from "./columns.ts";
import type { Database } from "./database.ts";
import { type DeviceCodeRow, deviceCodeColumns, toDeviceCode } from "./device-codes.ts";

interface ChallengeRow {
  readonly cookie_digest: Uint8Array;
  readonly prefilled: number;
  readonly expires_at: number;
  readonly wrong_codes: number;
  readonly device_code: Uint8Array | null;
}

export function deviceChallenges(db: Database): DeviceChallengeStore {
  const insert = db.changes(`
    insert into device_challenges (id, cookie_digest, prefilled, expires_at, wrong_codes) values (?, ?, ?, ?, 0)`);
  const first = db.first<ChallengeRow>(`
    select cookie_digest, prefilled, expires_at, wrong_codes, device_code from device_challenges where id = ?`);
  const isOpen = db.first(`
    select 1 from device_challenges where id = ? and expires_at > ? and wrong_codes < ${mostWrongCodes}`);
  const pending = db.first<DeviceCodeRow>(`
    select ${deviceCodeColumns} from device_codes where user_code_digest = ? and state = 'pending' and expires_at > ?`);
  const count = db.changes("update device_challenges set wrong_codes = wrong_codes + 1 where id = ?");
  const keep = db.changes("update device_challenges set device_code = ? where id = ?");

  return {
    begin: ({ id, cookieDigest, prefilled, expiresAt }) =>
      db.write("device_challenges.begin", () => {
        insert(idBytes(id), digestBytes(cookieDigest), prefilled, expiresAt);
      }),

    find: async (id) => {
      const row = await db.lookup("device_challenges.find", () => first(idBytes(id)));
      return (
        row && {
          id,
          cookieDigest: digestText(row.cookie_digest),
          prefilled: row.prefilled === 1,
          expiresAt: new Date(row.expires_at),
          deviceCodeDigest: nullOr(row.device_code, digestText),
          isOver: row.wrong_codes >= mostWrongCodes,
        }
      );
    },

    enter: async ({ challengeId, userCodeDigests, keeps, now }) => {
      const id = idBytes(challengeId);
      const entered = await db.write("device_challenges.enter", () => {
        if (isOpen(id, now) === undefined) return "over";
        const rows = userCodeDigests.flatMap((digest) => pending(digestBytes(digest), now) ?? []);
        const [device] = rows;
        if (device === undefined) count(id);
        else if (keeps) keep(device.digest, id);
        return device ?? "wrong";
      });
      return typeof entered === "string" ? entered : toDeviceCode(entered);
    },
  };
}
