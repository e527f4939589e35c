/** `create`, `get`, `list` and `delete` of issuers whose assertions are worth tokens (RFC 7523). */
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Command, InvalidArgumentError } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { type TrustedIssuer, TrustedIssuerSchema } from "../gen/tessera/admin/v1/trust_service_pb.js";
import { parseDuration } from "../protocol/lifespan.ts";
import { gatherList } from "./client-form.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";
import { CommandFailure } from "./failure.ts";
import { readKeyFile } from "./key-files.ts";
import { publicHalf } from "./keys.ts";
import { type Item, renderItem, renderItems, renderPage } from "./output.ts";
import { addPageFlags, type PageFlags } from "./page-flags.ts";

/** The verbs under which other nouns stand too. */
export interface TrustVerbs {
  readonly create: Command;
  readonly get: Command;
  readonly list: Command;
  readonly delete: Command;
}

interface CreateFlags extends ClientFlags {
  readonly issuer: string;
  readonly subject: string;
  readonly allowAnySubject: boolean;
  readonly scope: readonly string[];
  readonly key: string;
  readonly kid: string;
  readonly alg: string;
  readonly expiresIn: Date;
}

type Print = (text: string) => void;

export function addTrust(verbs: TrustVerbs, print: Print): void {
  const noun = (verb: Command, usage: string, description: string) =>
    addClientFlags(
      verb.command(`trusted-issuer${usage}`).aliases(["trusted-issuers"]).description(description),
      "admin",
    );

  noun(verbs.create, "", "trust a key of an issuer: assertions that it signs are worth tokens")
    .requiredOption("--issuer <issuer>", "the `iss` of the assertions")
    .option("--subject <subject>", "the `sub` of the assertions", "")
    .option("--allow-any-subject", "whatever their `sub` is", false)
    .option("--scope <scope>", "a scope that a token may have; repeatable", gatherList, [])
    .requiredOption("--key <file>", "the public key: a JSON Web Key, PEM or DER; - is standard input")
    .option("--kid <kid>", "the key's name, where the file does not say it", "")
    .option("--alg <algorithm>", "the key's algorithm, where the file does not say it", "")
    .requiredOption("--expires-in <duration>", "how long it is trusted, such as 720h", fromNow)
    .action(async (flags: CreateFlags) => print(renderItem(toItem(await create(flags)), flags)));

  noun(verbs.get, " <id...>", "show trusted issuers").action(async (ids: readonly string[], flags: ClientFlags) => {
    const { trust } = adminClients(flags);
    const found: Item[] = [];
    for (const id of ids) found.push(toItem((await answerOf(trust.getTrustedIssuer({ id }))).trustedIssuer));
    print(renderItems(found, flags));
  });

  addPageFlags(noun(verbs.list, "", "list trusted issuers, a page at a time"))
    .option("--issuer <issuer>", "only those of this issuer", "")
    .action(async (flags: ClientFlags & PageFlags & { readonly issuer: string }) => {
      const { issuer, pageSize, pageToken } = flags;
      const page = await answerOf(adminClients(flags).trust.listTrustedIssuers({ issuer, pageSize, pageToken }));
      print(renderPage({ items: page.trustedIssuers.map(toItem), nextPageToken: page.nextPageToken }, flags));
    });

  addDryRun(noun(verbs.delete, " <id...>", "trust issuers no longer")).action(
    (ids: readonly string[], flags: ClientFlags & DeletionFlags) => {
      const { trust } = adminClients(flags);
      const look = (id: string) => answerOf(trust.getTrustedIssuer({ id }));
      const remove = (id: string) => answerOf(trust.deleteTrustedIssuer({ id }));
      return deleteEach({ ids, flags, look, remove }, print);
    },
  );
}

async function create(flags: CreateFlags): Promise<TrustedIssuer | undefined> {
  const { issuer, subject, allowAnySubject, scope, expiresIn } = flags;
  const [key, ...others] = await readKeyFile(flags.key);
  if (key === undefined || others.length > 0) throw new CommandFailure(`--key ${flags.key}: expected one key`);
  const names = { ...(flags.kid === "" ? {} : { kid: flags.kid }), ...(flags.alg === "" ? {} : { alg: flags.alg }) };
  // A private half has no business there, and needs not leave this machine.
  const jwk = { use: "sig", ...names, ...publicHalf(key) };
  const request = { issuer, subject, allowAnySubject, scope: [...scope], jwk, expiresAt: timestampFromDate(expiresIn) };
  return (await answerOf(adminClients(flags).trust.createTrustedIssuer(request))).trustedIssuer;
}

function fromNow(text: string): Date {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds === 0) throw new InvalidArgumentError("Expected a duration such as 720h.");
  return new Date(Date.now() + seconds * 1000);
}

const printTrust = printer(TrustedIssuerSchema);

function toItem(trust: TrustedIssuer | undefined): Item {
  if (trust === undefined) throw new CommandFailure("The server's answer has no issuer in it.");
  const { id, issuer, subject, allowAnySubject, scope, publicKey, expiresAt } = trust;
  return {
    id,
    cells: {
      ID: id,
      ISSUER: issuer,
      SUBJECT: allowAnySubject ? "(any)" : subject,
      SCOPE: scope.join(" "),
      "KEY ID": publicKey?.kid ?? "",
      EXPIRY: expiresAt === undefined ? "" : timestampDate(expiresAt).toISOString(),
    },
    json: printTrust(trust, false),
  };
}
