/** `create`, `get`, `list` and `delete` of OAuth 2.0 clients. */
import type { Command } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { type OAuth2Client, OAuth2ClientSchema } from "../gen/tessera/admin/v1/client_pb.js";
import { addClientForm, type ClientFormFlags, toClient } from "./client-form.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";
import { addEncryptionFlags } from "./encrypted-secrets.ts";
import { CommandFailure } from "./failure.ts";
import { type Item, renderItem, renderItems, renderPage } from "./output.ts";
import { addPageFlags, type PageFlags } from "./page-flags.ts";

/** The verbs under which other nouns will stand too. */
export interface Verbs {
  readonly create: Command;
  readonly get: Command;
  readonly list: Command;
  readonly delete: Command;
}

export function addClients(verbs: Verbs, print: (text: string) => void): void {
  const noun = (verb: Command, usage: string, description: string) =>
    addClientFlags(
      verb.command(`oauth2-client${usage}`).aliases(["client", "clients", "oauth2-clients"]).description(description),
      "admin",
    );

  const create = noun(verbs.create, "", "register a client; its secret is shown this once");
  create.option("--id <id>", "the id; made up unless given");
  addEncryptionFlags(addClientForm(create)).action(async (flags: ClientFlags & ClientFormFlags) => {
    const { client } = await answerOf(adminClients(flags).clients.createClient({ client: toClient(flags) }));
    print(renderItem(toItem(required(client)), flags));
  });

  noun(verbs.get, " <id...>", "show clients").action(async (ids: readonly string[], flags: ClientFlags) => {
    const { clients } = adminClients(flags);
    const found: Item[] = [];
    for (const clientId of ids) found.push(toItem(required((await answerOf(clients.getClient({ clientId }))).client)));
    print(renderItems(found, flags));
  });

  addPageFlags(noun(verbs.list, "", "list clients, a page at a time")).action(
    async (flags: ClientFlags & PageFlags) => {
      const { pageSize, pageToken } = flags;
      const page = await answerOf(adminClients(flags).clients.listClients({ pageSize, pageToken }));
      print(renderPage({ items: page.clients.map(toItem), nextPageToken: page.nextPageToken }, flags));
    },
  );

  addDryRun(noun(verbs.delete, " <id...>", "delete clients, with everything they were given")).action(
    (ids: readonly string[], flags: ClientFlags & DeletionFlags) => {
      const { clients } = adminClients(flags);
      const look = (clientId: string) => answerOf(clients.getClient({ clientId }));
      const remove = (clientId: string) => answerOf(clients.deleteClient({ clientId }));
      return deleteEach({ ids, flags, look, remove }, print);
    },
  );
}

const printClient = printer(OAuth2ClientSchema);

export function toItem(client: OAuth2Client): Item {
  return {
    id: client.clientId,
    cells: {
      "CLIENT ID": client.clientId,
      "CLIENT SECRET": client.clientSecret,
      "GRANT TYPES": client.grantTypes.join(", "),
      "RESPONSE TYPES": client.responseTypes.join(", "),
      SCOPE: client.scope,
      AUDIENCE: client.audience.join(","),
      "REDIRECT URIS": client.redirectUris.join(", "),
    },
    json: printClient(client, false),
  };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new CommandFailure("The server's answer has no client in it.");
  return value;
}
