/** Lists, page by page (D27): how long a page is, and from where the next one goes on. */
import { refuse } from "./errors.ts";
import { parseDigits } from "./text.ts";

export interface PageRequest {
  /** 0 for the default. */
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly now: Date;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

export interface PageTokens {
  /** Binds a position to a list, so that nobody makes one up or takes it elsewhere. */
  pageToken(list: string, position: string, now: Date): string;
  /** Undefined when it is not one of this list. */
  openPageToken(list: string, token: string, now: Date): string | undefined;
}

export interface Paged<Row> {
  /** The list with all its filters: with others the same position would skip rows. */
  readonly list: readonly unknown[];
  readonly tokens: PageTokens;
  /** Where the row stands in its list. */
  readonly positionOf: (row: Row) => string;
  /** Up to `limit` rows behind the position; from the first on with null. */
  readonly read: (after: string | null, limit: number) => Promise<readonly Row[]>;
}

const defaultPageSize = 100;
const largestPageSize = 500;

export async function pageOf<Row>(
  request: PageRequest,
  { list, tokens, positionOf, read }: Paged<Row>,
): Promise<Page<Row>> {
  const { pageToken, now } = request;
  const limit = sizeOf(request.pageSize);
  const name = JSON.stringify(list);
  const after = pageToken === "" ? null : (tokens.openPageToken(name, pageToken, now) ?? refuseToken());
  // One more than asked for tells whether there is a next page.
  const found = await read(after, limit + 1);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return { rows, nextPageToken: last === undefined ? "" : tokens.pageToken(name, positionOf(last), now) };
}

/** Where lists stand that go by age, and by id within one instant. */
export interface Dated {
  readonly createdAt: Date;
  readonly id: string;
}

export function datedPosition({ createdAt, id }: Dated): string {
  return `${createdAt.getTime()}.${id}`;
}

export function openDatedPosition(text: string | null): Dated | null {
  if (text === null) return null;
  const [time = "", id = ""] = text.split(".");
  return { createdAt: new Date(parseDigits(time) ?? refuseToken()), id };
}

function sizeOf(asked: number): number {
  if (asked === 0) return defaultPageSize;
  if (!Number.isInteger(asked) || asked < 0) {
    refuse("invalid_request", "The page size must be a positive number.", { field: "page_size" });
  }
  return Math.min(asked, largestPageSize);
}

function refuseToken(): never {
  return refuse("invalid_request", "The page token is not valid for this list.", { field: "page_token" });
}
