/** Remembers clients in the process, so that hot requests need not read them: what rests on one is proven in its write. */
import type { Store } from "../ports/store.ts";
import type { Client } from "../protocol/client.ts";

const rememberedClients = 10_000;

/** The store, with a `recall` that answers from memory where it can; every read and change refreshes the memory. */
export function withClientMemory(store: Store): Store {
  const memory = new Map<string, Client>();
  const { clients } = store;

  const keep = (client: Client): Client => {
    memory.delete(client.id);
    memory.set(client.id, client);
    const [oldest] = memory.keys();
    if (memory.size > rememberedClients && oldest !== undefined) memory.delete(oldest);
    return client;
  };

  /** As it stands: a remembered one that still is what it was need not be read again. */
  const find = async (id: string): Promise<Client | undefined> => {
    const known = memory.get(id);
    if (known !== undefined && (await clients.isCurrent(id, known.revision))) return known;
    const client = await clients.find(id);
    if (client === undefined) memory.delete(id);
    return client === undefined ? undefined : keep(client);
  };

  return {
    ...store,
    clients: {
      ...clients,
      find,
      recall: async (id) => memory.get(id) ?? find(id),
      replace: async (client, expected, change) => {
        const stored = await clients.replace(client, expected, change);
        return stored === undefined ? undefined : keep(stored);
      },
      endAccessTokens: async (id) => {
        memory.delete(id);
        return clients.endAccessTokens(id);
      },
      delete: async (id, now) => {
        memory.delete(id);
        return clients.delete(id, now);
      },
    },
  };
}
