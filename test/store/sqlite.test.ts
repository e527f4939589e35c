/** The embedded database under the suite of every store, in memory and in a file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openTestStore } from "../support/sqlite.ts";
import { storeSuite } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-"));
afterAll(() => rmSync(folder, { recursive: true }));

storeSuite("SQLite in memory", () => openTestStore());
storeSuite("SQLite in a file", () => openTestStore({ file: join(folder, "store.sqlite") }));
