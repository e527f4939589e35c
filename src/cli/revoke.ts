/** `revoke token`: the client takes back what it was given. */
import type { Command } from "commander";
import * as openid from "openid-client";
import { addClientFlags } from "./connection.ts";
import { renderIds } from "./output.ts";
import { addCredentialFlags, type CredentialFlags, configure, endpointsOf, reach } from "./relying-party.ts";

export function addRevoke(program: Command, print: (text: string) => void): void {
  const revoke = program.command("revoke").description("take something back");
  addCredentialFlags(addClientFlags(revoke.command("token <token>"), "public"))
    .description("revoke an access or refresh token")
    .action(async (token: string, flags: CredentialFlags) => {
      await reach(openid.tokenRevocation(configure(endpointsOf(flags), flags), token));
      // As Hydra: it is worth nothing any more, so it may be shown.
      print(renderIds([token], flags));
    });
}
