/** Where users are signed in: shown, and ended. */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import { printer } from "../adapters/rpc/rest/print.ts";
import { type LoginSession, LoginSessionSchema } from "../gen/tessera/admin/v1/session_service_pb.js";
import { addClientFlags, adminClients, answerOf, type ClientFlags } from "./connection.ts";
import { addDryRun, type DeletionFlags, deleteEach } from "./deletion.ts";
import { CommandFailure } from "./failure.ts";
import { type Item, renderIds, renderPage } from "./output.ts";
import { addPageFlags, type PageFlags } from "./page-flags.ts";
import type { SessionVerbs } from "./sessions.ts";

interface WhoseFlags extends ClientFlags {
  readonly subject: string;
  readonly client: string;
}

type Print = (text: string) => void;

export function addLoginSessions(verbs: SessionVerbs, print: Print): void {
  const noun = (verb: Command, description: string) =>
    addClientFlags(verb.command("login-session [sid...]").aliases(["login-sessions"]), "admin")
      .description(description)
      .option("--subject <subject>", "the user, instead of sessions", "")
      .option("--client <id>", "a client, instead of sessions: whoever is signed in to it", "");

  addPageFlags(noun(verbs.list, "list where users are signed in, a page at a time")).action(
    async (sids: readonly string[], flags: WhoseFlags & PageFlags) => {
      requireOne(sids, flags);
      const { subject, client, pageSize, pageToken } = flags;
      const { sessions } = adminClients(flags);
      if (sids.length > 0) {
        const found = await Promise.all(sids.map((sid) => answerOf(sessions.listLoginSessions({ sid }))));
        return print(
          renderPage({ items: found.flatMap((one) => one.loginSessions.map(toItem)), nextPageToken: "" }, flags),
        );
      }
      const page = await answerOf(sessions.listLoginSessions({ subject, client, pageSize, pageToken }));
      print(renderPage({ items: page.loginSessions.map(toItem), nextPageToken: page.nextPageToken }, flags));
    },
  );

  addDryRun(noun(verbs.delete, "sign users out: of sessions by their `sid`, or by user or client")).action(
    (sids: readonly string[], flags: WhoseFlags & DeletionFlags) => endSessions(sids, flags, print),
  );
}

function requireOne(sids: readonly string[], { subject, client }: WhoseFlags): void {
  const said = [sids.length > 0, subject !== "", client !== ""].filter((is) => is);
  if (said.length !== 1) throw new CommandFailure("Which sessions? Their `sid`s, or --subject, or --client.");
}

async function endSessions(sids: readonly string[], flags: WhoseFlags & DeletionFlags, print: Print): Promise<void> {
  requireOne(sids, flags);
  const { subject, client } = flags;
  const { sessions } = adminClients(flags);
  if (sids.length === 0) {
    const standing = await sidsOf(flags);
    if (!flags.dryRun) await answerOf(sessions.revokeLoginSessions({ subject, client }));
    return print(renderIds(standing, { ...flags, column: flags.dryRun ? "WOULD BE DELETED" : "ID" }));
  }
  const look = async (sid: string) => {
    const { loginSessions } = await answerOf(sessions.listLoginSessions({ sid }));
    if (loginSessions.length === 0) throw new CommandFailure(`${sid}: there is no such session`);
  };
  const remove = (sid: string) => answerOf(sessions.revokeLoginSessions({ sid }));
  return deleteEach({ ids: sids, flags, look, remove }, print);
}

async function sidsOf(flags: WhoseFlags): Promise<string[]> {
  const { subject, client } = flags;
  const { sessions } = adminClients(flags);
  const sids: string[] = [];
  let pageToken = "";
  do {
    const page = await answerOf(sessions.listLoginSessions({ subject, client, pageSize: 500, pageToken }));
    sids.push(...page.loginSessions.map(({ sid }) => sid));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return sids;
}

const printSession = printer(LoginSessionSchema);

function toItem(session: LoginSession): Item {
  const { sid, subject, authenticatedAt, expiresAt, clientIds } = session;
  const time = (at: typeof expiresAt) => (at === undefined ? "" : timestampDate(at).toISOString());
  return {
    id: sid,
    cells: {
      ID: sid,
      SUBJECT: subject,
      "SIGNED IN AT": time(authenticatedAt),
      EXPIRY: time(expiresAt),
      CLIENTS: clientIds.join(", "),
    },
    json: printSession(session, false),
  };
}
