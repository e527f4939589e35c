/** The mode, the database, the data folder and requests to places that clients name. */
import { dsn, flag, listOf, text } from "./kinds.ts";
import { rows } from "./setting.ts";

export const general = rows({
  dev: {
    kind: flag,
    default: false,
    meaning: "Development mode: http issuers, a secret made up and kept in data.folder, hints in errors.",
  },
  dsn: {
    kind: dsn,
    default: null,
    secret: true,
    meaning: "The database; unset: SQLite in data.folder. `memory` forgets everything at the end.",
  },
  "data.folder": {
    kind: text,
    default: "data",
    meaning: "Where the embedded database and the secret of dev mode are kept.",
  },
  "clients.http.disallow_private_ip_ranges": {
    kind: flag,
    default: true,
    meaning: "Whether URLs that clients name may not lead into private networks.",
  },
  "clients.http.private_ip_exception_urls": {
    kind: listOf(text),
    default: [],
    meaning: "Patterns (`*` within a segment, `**` across) of URLs in private networks that are allowed.",
  },
});
