/** Clients, page by page (D27). */
import type { Ports } from "../../ports/ports.ts";
import type { Client } from "../../protocol/client.ts";
import { type PageRequest, pageOf } from "../../protocol/page.ts";

export interface ClientListRequest extends PageRequest {
  readonly name: string | null;
  readonly owner: string | null;
}

export interface ClientList {
  readonly clients: readonly Client[];
  /** "" when there are no more. */
  readonly nextPageToken: string;
}

export async function listClients(request: ClientListRequest, { secrets, store }: Ports): Promise<ClientList> {
  const { name, owner } = request;
  const { rows, nextPageToken } = await pageOf(request, {
    list: ["clients", name, owner],
    tokens: secrets,
    read: (after, limit) => store.clients.list({ after, limit, name, owner }),
    positionOf: (client) => client.id,
  });
  return { clients: rows, nextPageToken };
}
