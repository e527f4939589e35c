/** `perform device-code`: a device on this machine that shows its code and waits for its user (RFC 8628). */
import type { Command } from "commander";
import * as openid from "openid-client";
import { gatherList } from "./client-form.ts";
import { addClientFlags } from "./connection.ts";
import { renderTokens } from "./perform.ts";
import { addCredentialFlags, type CredentialFlags, configure, endpointsOf, reach } from "./relying-party.ts";

interface Flags extends CredentialFlags {
  readonly scope: readonly string[];
  readonly audience: readonly string[];
  readonly deviceAuthUrl?: string;
  readonly tokenUrl?: string;
}

export function addDeviceCode(perform: Command, print: (text: string) => void): void {
  const command = perform.command("device-code").description("show a user code and wait for its user");
  addCredentialFlags(addClientFlags(command, "public"))
    .option("--scope <scope>", "a scope to ask for; repeatable (default: offline, openid)", gatherList, [])
    .option("--audience <audience>", "an audience to ask for; repeatable", gatherList, [])
    .option("--device-auth-url <url>", "the device authorization endpoint, should it not be below --endpoint")
    .option("--token-url <url>", "the token endpoint, should it not be below --endpoint")
    .option("-p, --port <port>", "without effect, for Hydra's sake: nothing is listened to")
    .action((flags: Flags) => run(flags, print));
}

async function run(flags: Flags, print: (text: string) => void): Promise<void> {
  const base = endpointsOf(flags);
  const client = configure(
    {
      ...base,
      ...(flags.deviceAuthUrl === undefined ? {} : { device_authorization_endpoint: flags.deviceAuthUrl }),
      ...(flags.tokenUrl === undefined ? {} : { token_endpoint: flags.tokenUrl }),
    },
    flags,
  );
  const scope = flags.scope.length === 0 ? ["offline", "openid"] : flags.scope;
  const parameters = new URLSearchParams({ scope: scope.join(" ") });
  for (const audience of flags.audience) parameters.append("audience", audience);
  const device = await reach(openid.initiateDeviceAuthorization(client, parameters));
  print(instructions(device));
  print(renderTokens(await reach(openid.pollDeviceAuthorizationGrant(client, device)), new Date(), flags));
}

function instructions(device: openid.DeviceAuthorizationResponse): string {
  const complete = device.verification_uri_complete;
  const link = complete === undefined ? "" : `\nor open this URL, which has the code in it:\n\n  ${complete}\n`;
  return `Open this URL and type the code ${device.user_code}\n\n  ${device.verification_uri}\n${link}\n`;
}
