/** Identifiers under which pairwise clients know users because the login application said so. */
import type { ForcedSubjectStore } from "../../ports/store/forced-subjects.ts";
import type { Database } from "./database.ts";

export const forcedSubjects = (db: Database): ForcedSubjectStore => ({
  async find(clientId, subject) {
    const row = await db.first<{ presented: string }>("forced_subjects.find")`
      select presented from forced_subjects where client_id = ${clientId} and subject = ${subject}`;
    return row?.presented;
  },

  async keep(clientId, subject, presented) {
    await db.run("forced_subjects.keep")`
      insert into forced_subjects (client_id, subject, presented)
      select id, ${subject}, ${presented} from clients where id = ${clientId}
      on conflict (client_id, subject) do update set presented = excluded.presented
      where forced_subjects.presented <> excluded.presented`;
  },
});
