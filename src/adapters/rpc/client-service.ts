/** `tessera.admin.v1.ClientService`: from message to operation to message. */
import type { ClientService } from "../../gen/tessera/admin/v1/client_service_pb.js";
import type {
  deleteRotatedSecrets,
  patchClient,
  rotateClientSecret,
  setClientLifespans,
} from "../../operations/clients/change.ts";
import type { listClients } from "../../operations/clients/list.ts";
import type {
  createClient,
  deleteClient,
  getClient,
  Registered,
  replaceClient,
} from "../../operations/clients/register.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Client, ClientMetadata } from "../../protocol/client.ts";
import type { Methods } from "./call.ts";
import { type ClientMessage, toClientMessage, toClientMetadata, toLifespans } from "./client-message.ts";
import { clientPatch } from "./client-patch.ts";

export interface ClientOperations {
  readonly createClient: typeof createClient;
  readonly deleteClient: typeof deleteClient;
  readonly deleteRotatedSecrets: typeof deleteRotatedSecrets;
  readonly getClient: typeof getClient;
  readonly listClients: typeof listClients;
  readonly patchClient: typeof patchClient;
  readonly replaceClient: typeof replaceClient;
  readonly rotateClientSecret: typeof rotateClientSecret;
  readonly setClientLifespans: typeof setClientLifespans;
}

export function clientService(operations: ClientOperations, ports: Ports): Methods<typeof ClientService> {
  const plainMessage = rememberingMessages();
  return {
    listClients: async ({ pageSize, pageToken, clientName, owner }, now) => {
      const filter = { name: orNull(clientName), owner: orNull(owner) };
      const page = await operations.listClients({ pageSize, pageToken, ...filter, now }, ports);
      return {
        clients: page.clients.map((client) => toClientMessage(client, null)),
        nextPageToken: page.nextPageToken,
      };
    },
    createClient: async ({ client }, now) => {
      const request = { id: orNull(client?.clientId ?? ""), ...toWrite(client, now) };
      return registered(await operations.createClient(request, ports));
    },
    getClient: async ({ clientId }) => {
      return { client: plainMessage(await operations.getClient({ id: clientId }, ports)) };
    },
    replaceClient: async ({ clientId, client }, now) => {
      return registered(await operations.replaceClient({ id: clientId, ...toWrite(client, now) }, ports));
    },
    patchClient: async ({ clientId, patch }, now) => {
      return registered(await operations.patchClient({ id: clientId, patch: clientPatch(patch), now }, ports));
    },
    setClientLifespans: async ({ clientId, lifespans }, now) => {
      const spans = toLifespans(lifespans ?? {});
      return registered(await operations.setClientLifespans({ id: clientId, lifespans: spans, now }, ports));
    },
    rotateClientSecret: async ({ clientId }, now) => {
      return registered(await operations.rotateClientSecret({ id: clientId, now }, ports));
    },
    deleteRotatedClientSecrets: async ({ clientId }, now) => {
      return registered(await operations.deleteRotatedSecrets({ id: clientId, now }, ports));
    },
    deleteClient: async ({ clientId }, now) => {
      await operations.deleteClient({ id: clientId, now }, ports);
      return {};
    },
  };
}

/** A remembered client is the same object until it changes, and so is its message. */
function rememberingMessages(): (client: Client) => ClientMessage {
  const known = new WeakMap<Client, ClientMessage>();
  return (client) => {
    const message = known.get(client) ?? toClientMessage(client, null);
    known.set(client, message);
    return message;
  };
}

interface ClientToWrite {
  readonly secret: string | null;
  readonly metadata: ClientMetadata;
  readonly now: Date;
}

function toWrite(client: ClientMessage | undefined, now: Date): ClientToWrite {
  // The contract requires it, so a request without it never comes here.
  if (client === undefined) throw new Error("the request holds no client");
  return { secret: orNull(client.clientSecret), metadata: toClientMetadata(client), now };
}

function registered({ client, secret, registration }: Registered): { client: ClientMessage } {
  return { client: toClientMessage(client, secret, registration) };
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}
