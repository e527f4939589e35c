/** `create`, `get`, `list` and `delete` of OAuth 2.0 clients. */
import { toJson } from "@bufbuild/protobuf";
import { type Command, InvalidArgumentError } from "commander";
import { type OAuth2Client, OAuth2ClientSchema } from "../gen/tessera/admin/v1/client_pb.js";
import { addClientForm, type ClientFormFlags, toClient } from "./client-form.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { CommandFailure } from "./failure.ts";
import { type Item, renderItem, renderPage } from "./output.ts";

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
      verb.command(`oauth2-client${usage}`).aliases(["oauth2-clients", "client", "clients"]).description(description),
      "admin",
    );

  addClientForm(noun(verbs.create, "", "register a client; its secret is shown this once")).action(
    async (flags: ClientFlags & ClientFormFlags) => {
      const { client } = await answerOf(adminClients(flags).clients.createClient({ client: toClient(flags) }));
      print(renderItem(toItem(required(client)), flags));
    },
  );

  noun(verbs.get, " <id...>", "show clients").action(async (ids: readonly string[], flags: ClientFlags) => {
    const { clients } = adminClients(flags);
    const found: Item[] = [];
    for (const clientId of ids) found.push(toItem(required((await answerOf(clients.getClient({ clientId }))).client)));
    const [first] = found;
    print(found.length === 1 && first !== undefined ? renderItem(first, flags) : renderAll(found, flags));
  });

  noun(verbs.list, "", "list clients, a page at a time")
    .option("--page-size <number>", "clients a page", wholeNumber, 100)
    .option("--page-token <token>", "where to go on", "")
    .action(async (flags: ClientFlags & { readonly pageSize: number; readonly pageToken: string }) => {
      const { pageSize, pageToken } = flags;
      const page = await answerOf(adminClients(flags).clients.listClients({ pageSize, pageToken }));
      print(renderPage({ items: page.clients.map(toItem), nextPageToken: page.nextPageToken }, flags));
    });

  noun(verbs.delete, " <id...>", "delete clients, with everything they were given").action(
    async (ids: readonly string[], flags: ClientFlags) => {
      const { clients } = adminClients(flags);
      for (const clientId of ids) {
        await answerOf(clients.deleteClient({ clientId }));
        print(`${clientId}\n`);
      }
    },
  );
}

function renderAll(items: readonly Item[], flags: ClientFlags): string {
  return renderPage({ items, nextPageToken: "" }, flags);
}

function toItem(client: OAuth2Client): Item {
  return {
    id: client.clientId,
    cells: {
      "CLIENT ID": client.clientId,
      "CLIENT SECRET": client.clientSecret,
      "GRANT TYPES": client.grantTypes.join(", "),
      "RESPONSE TYPES": client.responseTypes.join(", "),
      SCOPE: client.scope,
      AUDIENCE: client.audience.join(", "),
      "REDIRECT URIS": client.redirectUris.join(", "),
    },
    json: toJson(OAuth2ClientSchema, client, { useProtoFieldName: true }),
  };
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new CommandFailure("The server's answer has no client in it.");
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
