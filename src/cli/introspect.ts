/** `introspect token`: what a token is worth, asked at the admin port. */
import type { Command } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { IntrospectTokenResponseSchema } from "../gen/tessera/admin/v1/token_service_pb.js";
import { gatherList } from "./client-form.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { renderItem } from "./output.ts";

export function addIntrospect(program: Command, print: (text: string) => void): void {
  const introspect = program.command("introspect").description("ask what something is worth");
  addClientFlags(introspect.command("token <token>"), "admin")
    .description("introspect an access or refresh token")
    .option("--scope <scope>", "a scope it must have; repeatable", gatherList, [])
    .action(async (token: string, flags: ClientFlags & { readonly scope: readonly string[] }) => {
      const answer = await answerOf(
        adminClients(flags).tokens.introspectToken({ token, scope: flags.scope.join(" ") }),
      );
      const cells = {
        ACTIVE: String(answer.active),
        SUBJECT: answer.sub,
        "CLIENT ID": answer.clientId,
        SCOPE: answer.scope,
        EXPIRY: answer.exp === 0 ? "" : new Date(answer.exp * 1000).toISOString(),
        "TOKEN USE": answer.tokenUse,
      };
      print(renderItem({ id: String(answer.active), cells, json: printAnswer(answer, false) }, flags));
    });
}

const printAnswer = printer(IntrospectTokenResponseSchema);
