/** What users have granted: shown, and taken back. */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { type ConsentSession, ConsentSessionSchema } from "../gen/tessera/admin/v1/session_service_pb.js";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";
import { CommandFailure } from "./failure.ts";
import { type Item, renderIds, renderPage } from "./output.ts";
import { addPageFlags, type PageFlags } from "./page-flags.ts";

/** The verbs under which other nouns stand too. */
export interface SessionVerbs {
  readonly list: Command;
  readonly delete: Command;
}

interface RevokeFlags extends ClientFlags, DeletionFlags {
  readonly subject: string;
  readonly client: string;
  readonly all: boolean;
}

type Print = (text: string) => void;

export function addSessions(verbs: SessionVerbs, print: Print): void {
  const consents = (verb: Command, usage: string) =>
    addClientFlags(verb.command(`consent-session ${usage}`).aliases(["consent-sessions", "consents"]), "admin");

  addPageFlags(consents(verbs.list, "<subject>").description("list what a user has granted and still stands"))
    .option("--login-session <sid>", "only what was granted in this login session", "")
    .action(async (subject: string, flags: ClientFlags & PageFlags & { readonly loginSession: string }) => {
      const { pageSize, pageToken, loginSession: loginSessionId } = flags;
      const { sessions } = adminClients(flags);
      const page = await answerOf(sessions.listConsentSessions({ subject, loginSessionId, pageSize, pageToken }));
      print(renderPage({ items: page.consentSessions.map(toItem), nextPageToken: page.nextPageToken }, flags));
    });

  addDryRun(consents(verbs.delete, "[id...]").description("take back what a user has granted, with its tokens"))
    .option("--subject <subject>", "the user, instead of ids", "")
    .option("--client <id>", "what the user granted to this client", "")
    .option("--all", "what the user granted to any client", false)
    .action((ids: readonly string[], flags: RevokeFlags) => deleteConsents(ids, flags, print));
}

async function deleteConsents(ids: readonly string[], flags: RevokeFlags, print: Print): Promise<void> {
  const { subject, client, all } = flags;
  const { sessions } = adminClients(flags);
  if (subject === "") {
    if (ids.length === 0 || client !== "" || all) throw new CommandFailure(whichConsents);
    if (flags.dryRun) throw new CommandFailure("--dry-run: only with --subject, whose consents can be listed");
    const remove = (consentRequestId: string) => answerOf(sessions.revokeConsentSessions({ consentRequestId }));
    return deleteEach({ ids, flags, look: remove, remove }, print);
  }
  if (ids.length > 0 || (client === "") !== all) throw new CommandFailure(whichConsents);
  const standing = await consentsOf(subject, client, flags);
  if (!flags.dryRun) await answerOf(sessions.revokeConsentSessions({ subject, client, all }));
  print(renderIds(standing, { ...flags, column: flags.dryRun ? "WOULD BE DELETED" : "ID" }));
}

const whichConsents = "Which consents? Their ids; or --subject with either --client or --all.";

async function consentsOf(subject: string, client: string, flags: ClientFlags): Promise<string[]> {
  const { sessions } = adminClients(flags);
  const ids: string[] = [];
  let pageToken = "";
  do {
    const page = await answerOf(sessions.listConsentSessions({ subject, pageSize: 500, pageToken }));
    const meant = page.consentSessions.filter(
      (one) => client === "" || one.consentRequest?.client?.clientId === client,
    );
    ids.push(...meant.map((one) => one.consentRequestId));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return ids;
}

const printConsent = printer(ConsentSessionSchema);

function toItem(consent: ConsentSession): Item {
  const { consentRequestId: id, consentRequest, grantScope, grantAccessTokenAudience, handledAt } = consent;
  return {
    id,
    cells: {
      ID: id,
      SUBJECT: consentRequest?.subject ?? "",
      "CLIENT ID": consentRequest?.client?.clientId ?? "",
      SCOPE: grantScope.join(" "),
      AUDIENCE: grantAccessTokenAudience.join(", "),
      "GRANTED AT": handledAt === undefined ? "" : timestampDate(handledAt).toISOString(),
      REMEMBERED: String(consent.remember),
    },
    json: printConsent(consent, false),
  };
}
