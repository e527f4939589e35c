/** `delete access-tokens`: ends every access token of a client. */
import type { Command } from "commander";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";

export function addAccessTokens(deleting: Command, print: (text: string) => void): void {
  const command = deleting
    .command("access-tokens <client-id>")
    .description("end every access token of a client; its refresh tokens stay");
  addDryRun(addClientFlags(command, "admin")).action((clientId: string, flags: ClientFlags & DeletionFlags) => {
    const { clients, tokens } = adminClients(flags);
    const look = () => answerOf(clients.getClient({ clientId }));
    const remove = () => answerOf(tokens.deleteTokens({ clientId }));
    return deleteEach({ ids: [clientId], flags, look, remove }, print);
  });
}
