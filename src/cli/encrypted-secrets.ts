/** Hydra's flags that encrypt a secret before it is shown: understood, and refused with the way to do it. */
import { type Command, InvalidArgumentError, Option } from "commander";

const flags = ["--pgp-key <key>", "--pgp-key-url <url>", "--keybase <user>"];

export function addEncryptionFlags(command: Command): Command {
  for (const flag of flags) command.addOption(new Option(flag).argParser(refuseEncryption).hideHelp());
  return command;
}

function refuseEncryption(): never {
  throw new InvalidArgumentError(
    "Secrets are not encrypted here. Pipe them: --format jsonpath=client_secret | gpg --encrypt --recipient ...",
  );
}
