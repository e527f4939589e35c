/** What is told of what happens, to who follows it on the admin port. */
import { flag, integer, lifetime } from "./kinds.ts";
import { rows } from "./setting.ts";

export const events = rows({
  "events.retention": {
    kind: lifetime,
    default: 604_800,
    unit: "seconds",
    meaning: "How long events are kept for who was away: beyond it a cursor has expired.",
  },
  "events.traffic": {
    kind: flag,
    default: false,
    meaning:
      "Whether followers are also told, as far as it goes, of what changes nothing: tokens issued and introspected, requests refused.",
  },
  "events.max_followers": {
    kind: integer(1, 10_000),
    default: 100,
    meaning: "How many may follow events of one process at once.",
  },
});
