/** Clients, page by page (D27). */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";

export interface ClientListRequest {
  /** 0 for the default. */
  readonly pageSize: number;
  /** "" for the first page. */
  readonly pageToken: string;
  readonly name: string | null;
  readonly owner: string | null;
  readonly now: Date;
}

export interface ClientList {
  readonly clients: readonly Client[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

const defaultPageSize = 100;
const largestPageSize = 500;

export async function listClients(request: ClientListRequest, { secrets, store }: Ports): Promise<ClientList> {
  const { name, owner, pageToken, now } = request;
  const limit = pageSize(request.pageSize);
  // The token is bound to the filters: with others it would skip rows.
  const list = JSON.stringify(["clients", name, owner]);
  const after = pageToken === "" ? null : secrets.openPageToken(list, pageToken, now);
  if (after === undefined)
    refuse("invalid_request", "The page token is not valid for this list.", { field: "page_token" });
  // One more than asked for tells whether there is a next page.
  const rows = await store.clients.list({ after, limit: limit + 1, name, owner });
  const clients = rows.slice(0, limit);
  const last = clients.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { clients, nextPageToken: more ? secrets.pageToken(list, last.id, now) : "" };
}

function pageSize(asked: number): number {
  if (asked === 0) return defaultPageSize;
  if (!Number.isInteger(asked) || asked < 0) {
    refuse("invalid_request", "The page size must be a positive number.", { field: "page_size" });
  }
  return Math.min(asked, largestPageSize);
}
