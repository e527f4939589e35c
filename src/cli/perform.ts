/** `perform client-credentials`, and the printing of tokens. */
import type { Command } from "commander";
import * as openid from "openid-client";
import { gatherList } from "./client-form.ts";
import { addClientFlags } from "./connection.ts";
import { type OutputOptions, renderItem } from "./output.ts";
import { addCredentialFlags, type CredentialFlags, configure, endpointsOf, reach } from "./relying-party.ts";

interface ClientCredentialsFlags extends CredentialFlags {
  readonly scope: readonly string[];
  readonly audience: readonly string[];
}

export function addClientCredentials(perform: Command, print: (text: string) => void): void {
  const command = perform.command("client-credentials").description("ask for a token in the client's own name");
  addCredentialFlags(addClientFlags(command, "public"))
    .option("--scope <scope>", "a scope to ask for; repeatable", gatherList, [])
    .option("--audience <audience>", "an audience to ask for; repeatable", gatherList, [])
    .action(async (flags: ClientCredentialsFlags) => {
      const parameters = new URLSearchParams();
      if (flags.scope.length > 0) parameters.set("scope", flags.scope.join(" "));
      for (const audience of flags.audience) parameters.append("audience", audience);
      const tokens = await reach(openid.clientCredentialsGrant(configure(endpointsOf(flags), flags), parameters));
      print(renderTokens(tokens, new Date(), flags));
    });
}

export function renderTokens(tokens: openid.TokenEndpointResponse, now: Date, options: OutputOptions): string {
  const expiry =
    tokens.expires_in === undefined ? "" : new Date(now.getTime() + tokens.expires_in * 1000).toISOString();
  const cells = {
    "ACCESS TOKEN": tokens.access_token,
    "REFRESH TOKEN": tokens.refresh_token ?? "<empty>",
    "ID TOKEN": tokens.id_token ?? "<empty>",
    EXPIRY: expiry,
  };
  return renderItem(
    { id: tokens.access_token, cells, json: { ...tokens, ...(expiry === "" ? {} : { expiry }) } },
    options,
  );
}
