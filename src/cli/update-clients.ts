/** `update oauth2-client`: changes what its flags name, or replaces the whole by a file. */
import { fromJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import type { OAuth2Client } from "../gen/tessera/admin/v1/client_pb.js";
import { addClientForm, type ClientFormFlags, clientOfFile, givenMembers } from "./client-form.ts";
import { toItem } from "./clients.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addEncryptionFlags } from "./encrypted-secrets.ts";
import { CommandFailure } from "./failure.ts";
import { renderItem } from "./output.ts";

export function addUpdateClients(update: Command, print: (text: string) => void): void {
  const command = update
    .command("oauth2-client <id>")
    .aliases(["oauth2-clients", "client", "clients"])
    .description("change what the flags name, and nothing else; or, with --file, replace the whole");
  addEncryptionFlags(addClientForm(addClientFlags(command, "admin"))).action(
    async (id: string, flags: ClientFlags & ClientFormFlags) => {
      print(renderItem(toItem(await written(id, flags)), flags));
    },
  );
}

async function written(clientId: string, flags: ClientFlags & ClientFormFlags): Promise<OAuth2Client> {
  const { clients } = adminClients(flags);
  const { client } =
    flags.file === undefined
      ? await answerOf(clients.patchClient({ clientId, patch: patchOf(flags) }))
      : await answerOf(clients.replaceClient({ clientId, client: clientOfFile(flags.file) }));
  if (client === undefined) throw new CommandFailure("The server's answer has no client in it.");
  return client;
}

function patchOf(flags: ClientFormFlags) {
  const members = Object.entries(givenMembers(flags));
  if (members.length === 0) throw new CommandFailure("What is to change? Name it by a flag, or the whole by --file.");
  return members.map(([name, value]) => ({ op: "replace", path: `/${name}`, value: fromJson(ValueSchema, value) }));
}
