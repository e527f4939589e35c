/** Statements that no transaction can hold, such as `create index concurrently`: one migrator at a time runs them. */

type Run = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Any number will do that every migrator agrees on. */
const lock = 7_305_911_412;
const retryMs = 100;

/**
 * Two that make one index at once wait for each other, until PostgreSQL ends one, perhaps the one that makes it. A lock
 * keeps them apart; it ends with the session, and it is asked for again and again, since a statement that waited for it
 * would itself be what the other waits for.
 */
export async function runAlone(run: Run, statement: string): Promise<void> {
  while (!(await isTaken(run))) await new Promise((resolve) => setTimeout(resolve, retryMs));
  try {
    await dropRemains(run, statement);
    await run(statement);
  } finally {
    await run(`select pg_advisory_unlock(${lock})`);
  }
}

async function isTaken(run: Run): Promise<boolean> {
  const [row] = await run(`select pg_try_advisory_lock(${lock}) as taken`);
  return row?.taken === true;
}

/** A migrator that died at an index leaves one that is not valid, and that `if not exists` would take for done. */
async function dropRemains(run: Run, statement: string): Promise<void> {
  const name = /^\s*create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)/im.exec(statement)?.[1];
  if (name === undefined) return;
  const remains = await run(`select 1 from pg_index where indexrelid = to_regclass('${name}') and not indisvalid`);
  if (remains.length > 0) await run(`drop index concurrently ${name}`);
}
