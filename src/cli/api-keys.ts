/** `create`, `list` and `delete` of keys to the admin port; the first one is written straight into the database. */
import { create } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type Command, InvalidArgumentError, Option } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { processEnvironment } from "../config/load.ts";
import { type ApiKey, ApiKeySchema } from "../gen/tessera/admin/v1/api_key_service_pb.js";
import { adminScopes } from "../protocol/api-key.ts";
import { parseDuration } from "../protocol/lifespan.ts";
import { gatherList } from "./client-form.ts";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { deleteEach } from "./deletion.ts";
import { CommandFailure } from "./failure.ts";
import { attempt, dsnOf } from "./migrate.ts";
import { type Item, renderItem, renderPage } from "./output.ts";
import { addPageFlags, type PageFlags } from "./page-flags.ts";
import { addConfigFlag } from "./settings-flags.ts";

/** The verbs under which other nouns stand too. */
export interface ApiKeyVerbs {
  readonly create: Command;
  readonly list: Command;
  readonly delete: Command;
}

interface CreateFlags extends ClientFlags {
  readonly name: string;
  readonly scope: readonly string[];
  readonly expiresIn?: number;
  readonly direct: boolean;
  readonly dsn?: string;
  readonly config: readonly string[];
}

type Print = (text: string) => void;

export function addApiKeys(verbs: ApiKeyVerbs, print: Print): void {
  const noun = (verb: Command, usage: string, description: string) =>
    addClientFlags(verb.command(`api-key${usage}`).aliases(["api-keys"]).description(description), "admin");

  addConfigFlag(noun(verbs.create, "", "make a key to the admin port; it is shown this once"))
    .requiredOption("--name <name>", "what it is called")
    .option("--scope <scope>", `what it opens: ${adminScopes.join(", ")}; repeatable`, gatherList, [])
    .option("--expires-in <duration>", "when it expires, such as 2160h; never unless given", seconds)
    .option("--direct", "write it straight into the database, as the first key must be", false)
    .addOption(new Option("--dsn <dsn>", "with --direct: which database (environment: DSN; or -c with a file)"))
    .action(async (flags: CreateFlags) =>
      print(renderItem(toItem(await (flags.direct ? createDirectly(flags) : ask(flags))), flags)),
    );

  addPageFlags(noun(verbs.list, "", "list keys, a page at a time")).action(async (flags: ClientFlags & PageFlags) => {
    const { pageSize, pageToken } = flags;
    const page = await answerOf(adminClients(flags).apiKeys.listApiKeys({ pageSize, pageToken }));
    print(renderPage({ items: page.apiKeys.map(toItem), nextPageToken: page.nextPageToken }, flags));
  });

  noun(verbs.delete, " <id...>", "revoke keys, at once and everywhere").action(
    (ids: readonly string[], flags: ClientFlags) => {
      const { apiKeys } = adminClients(flags);
      const remove = (id: string) => answerOf(apiKeys.deleteApiKey({ id }));
      return deleteEach({ ids, flags: { ...flags, dryRun: false }, look: remove, remove }, print);
    },
  );
}

async function ask(flags: CreateFlags): Promise<ApiKey> {
  const { name, scope, expiresIn } = flags;
  const end = expiresIn === undefined ? {} : { expiresAt: timestampFromDate(later(expiresIn)) };
  const request = { name, scopes: [...scope], ...end };
  const { apiKey } = await answerOf(adminClients(flags).apiKeys.createApiKey(request));
  if (apiKey === undefined) throw new CommandFailure("The server's answer has no key in it.");
  return apiKey;
}

async function createDirectly({ name, scope, expiresIn, ...flags }: CreateFlags): Promise<ApiKey> {
  const dsn = dsnOf(flags.dsn, { config: flags.config, readFromEnv: (processEnvironment.DSN ?? "") !== "" });
  const expiresAt = expiresIn === undefined ? null : later(expiresIn);
  // Loaded here, because hardly any other command needs the stores.
  const { makeApiKey } = await import("../server-api-keys.ts");
  const order = { name, scopes: scope, expiresAt };
  const { key, secret } = await attempt(dsn, makeApiKey(dsn, { order, now: new Date() }));
  const end = key.expiresAt === null ? {} : { expiresAt: timestampFromDate(key.expiresAt) };
  const made = { id: key.id, name, scopes: [...key.scopes], createdAt: timestampFromDate(key.createdAt), secret };
  return create(ApiKeySchema, { ...made, ...end });
}

function later(after: number): Date {
  return new Date(Date.now() + after * 1000);
}

function seconds(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === undefined || parsed === 0) throw new InvalidArgumentError("Expected a duration such as 720h.");
  return parsed;
}

const printKey = printer(ApiKeySchema);

function toItem(key: ApiKey): Item {
  const { id, name, scopes, expiresAt, secret } = key;
  return {
    id,
    cells: {
      ID: id,
      NAME: name,
      SCOPES: scopes.join(" "),
      EXPIRY: expiresAt === undefined ? "never" : timestampDate(expiresAt).toISOString(),
      ...(secret === "" ? {} : { "API KEY": secret }),
    },
    json: printKey(key, false),
  };
}
