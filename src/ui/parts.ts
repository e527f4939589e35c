/** What the pages of the reference application are made of. */
import type { Csrf } from "./csrf.ts";
import type { Flows } from "./flow-client.ts";
import type { Frame } from "./layout.ts";
import type { User } from "./users.ts";

export interface PageParts {
  readonly frame: Frame;
  readonly flows: Flows;
  readonly csrf: Csrf;
  readonly users: readonly User[];
}
