/** Identifiers under which pairwise clients know users because the login application said so. */
import type { ForcedSubjectStore } from "../../ports/store/forced-subjects.ts";
import type { Database } from "./database.ts";

export function forcedSubjects(db: Database): ForcedSubjectStore {
  const find = db.first<{ presented: string }>(
    "select presented from forced_subjects where client_id = ? and subject = ?",
  );
  const keep = db.changes(`
    insert into forced_subjects (client_id, subject, presented) select id, ?, ? from clients where id = ?
    on conflict (client_id, subject) do update set presented = excluded.presented`);
  return {
    find: async (clientId, subject) =>
      (await db.lookup("forced_subjects.find", () => find(clientId, subject)))?.presented,
    keep: (clientId, subject, presented) =>
      db.write("forced_subjects.keep", () => void keep(subject, presented, clientId)),
  };
}
