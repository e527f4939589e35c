/** What the commands share that destroy: `--dry-run`, one thing after another, and which of them stayed. */
import type { Command } from "commander";
import { CommandFailure } from "./failure.ts";
import { type OutputOptions, renderIds } from "./output.ts";

export interface DeletionFlags extends OutputOptions {
  readonly dryRun: boolean;
}

export function addDryRun(command: Command): Command {
  return command.option("--dry-run", "only say what would go", false);
}

interface Deletion {
  readonly ids: readonly string[];
  readonly flags: DeletionFlags;
  /** Fails where there is no such thing. */
  readonly look: (id: string) => Promise<unknown>;
  readonly remove: (id: string) => Promise<unknown>;
}

/** One that cannot be deleted keeps none of the others. */
export async function deleteEach({ ids, flags, look, remove }: Deletion, print: (text: string) => void): Promise<void> {
  const gone: string[] = [];
  const reasons: string[] = [];
  for (const id of ids) {
    try {
      await (flags.dryRun ? look(id) : remove(id));
      gone.push(id);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      reasons.push(error.message, `${id}: not deleted`);
    }
  }
  if (gone.length > 0) print(renderIds(gone, { ...flags, column: flags.dryRun ? "WOULD BE DELETED" : "ID" }));
  if (reasons.length > 0) throw new CommandFailure(reasons);
}
