/** The flags of commands that list a page at a time, as Hydra has them. */
import { type Command, InvalidArgumentError } from "commander";

export interface PageFlags {
  readonly pageSize: number;
  readonly pageToken: string;
}

export function addPageFlags(command: Command): Command {
  return command
    .option("--page-size <number>", "how many at most", wholeNumber, 100)
    .option("--page-token <token>", "where to go on: the NEXT PAGE TOKEN of the page before", "");
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
