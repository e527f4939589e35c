/** Browser authorizations in progress: every transition is one conditional update. */
import type { Seal } from "../../ports/seal.ts";
import type { FlowStore } from "../../ports/store/flows.ts";
import { accessTokenWriter } from "./access-tokens.ts";
import { authorizationValues, authorizationWriter } from "./authorization-rows.ts";
import { clientReader, toClient } from "./clients.ts";
import { codeWriter } from "./codes.ts";
import { idBytes, nullOr, uuidBytes, uuidText } from "./columns.ts";
import type { Database } from "./database.ts";
import { deviceAccepter, pendingReader } from "./device-codes.ts";
import { eventWriter } from "./events.ts";
import { type FlowRow, flowColumns, flowValues, sealColumn, toFlow } from "./flow-rows.ts";
import { sessionClientWriter, sessionWriter } from "./login-sessions.ts";

export function flows(db: Database, seal: Seal): FlowStore {
  const insert = db.changes(`
    insert into flows (${flowColumns})
    select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? where exists (select 1 from clients where id = ? and revision = ?)`);
  const first = db.first<FlowRow>(`select ${flowColumns} from flows where id = ?`);
  const clientOf = clientReader(db);
  const answerLogin = db.first<{ client_id: string }>(`
    update flows set state = 'login_answered', login = ?
    where id = ? and state in ('login_asked', 'login_answered') and expires_at > ? returning client_id`);
  const answerConsent = db.first<{ client_id: string; session_id: Uint8Array }>(`
    update flows set state = 'consent_answered', consent = ?
    where id = ? and state in ('consent_asked', 'consent_answered') and expires_at > ? returning client_id, session_id`);
  const tell = eventWriter(db);
  const refuse = db.changes(`
    update flows set state = 'refused' where id = ? and state in (select value from json_each(?))`);

  return {
    begin: (flow, revision) => {
      const values = [...flowValues(flow, seal), flow.clientId, revision];
      return db.write("flows.begin", () => insert(...values) === 1);
    },

    find: async (id) => {
      const found = await db.lookup("flows.find", () => {
        const flow = first(idBytes(id));
        const client = flow && clientOf(flow.client_id);
        return client && { flow, client };
      });
      return found && { flow: toFlow(found.flow, seal), client: toClient(found.client) };
    },

    answerLogin: (id, answer, now) => {
      const sealed = sealColumn(seal, "login", id, answer);
      return db.write("flows.answer_login", () => {
        const answered = answerLogin(sealed, idBytes(id), now);
        if (answered === undefined) return false;
        if ("accepted" in answer)
          tell("login_accepted", { ...answered, subject: answer.accepted.subject, flow_id: id });
        else tell("login_rejected", { ...answered, flow_id: id });
        return true;
      });
    },

    askConsent: consentAsker(db),

    answerConsent: (id, answer, { now, subject }) => {
      const sealed = sealColumn(seal, "consent", id, answer);
      return db.write("flows.answer_consent", () => {
        const answered = answerConsent(sealed, idBytes(id), now);
        if (answered === undefined) return false;
        const facts = {
          client_id: answered.client_id,
          subject,
          session_id: uuidText(answered.session_id),
          flow_id: id,
        };
        tell("accepted" in answer ? "consent_accepted" : "consent_rejected", facts);
        return true;
      });
    },

    finish: finisher(db, seal),

    refuse: (id, from) => {
      const states = JSON.stringify(from);
      return db.write("flows.refuse", () => refuse(idBytes(id), states) === 1);
    },
  };
}

function consentAsker(db: Database): FlowStore["askConsent"] {
  const ask = db.changes(`
    update flows set state = 'consent_asked', session_id = ?, consent_skip = ?, consent_based_on = ?
    where id = ? and state = 'login_answered' and expires_at > ?`);
  const writeSession = sessionWriter(db);
  const extend = db.changes("update login_sessions set expires_at = ? where id = ?");
  const tell = eventWriter(db);

  return ({ flowId, sessionId, skip, basedOn, session, extendedUntil, now }) =>
    db.write("flows.ask_consent", () => {
      const asked = ask(uuidBytes(sessionId), skip, nullOr(basedOn, idBytes), idBytes(flowId), now);
      if (asked === 0) return false;
      if (extendedUntil !== null) extend(extendedUntil, uuidBytes(sessionId));
      if (session !== null) {
        writeSession(session);
        tell("session_started", { session_id: session.id, subject: session.subject });
      }
      return true;
    });
}

function finisher(db: Database, seal: Seal): FlowStore["finish"] {
  const end = db.changes(`
    update flows set state = 'done'
    where id = ? and client_id = ? and state = 'consent_answered'
      and exists (select 1 from clients where id = client_id and revision = ?)
      and exists (select 1 from login_sessions where id = ?)`);
  const insertAuthorization = authorizationWriter(db);
  const insertCode = codeWriter(db);
  const insertToken = accessTokenWriter(db, seal);
  const isPending = pendingReader(db);
  const acceptDevice = deviceAccepter(db);
  const joinSession = sessionClientWriter(db);
  const tell = eventWriter(db);

  return (id, authorization, { code, accessToken, deviceCode }, revision) => {
    const values = authorizationValues(authorization, seal);
    const session = uuidBytes(authorization.sessionId);
    return db.write("flows.finish", () => {
      if (deviceCode !== null && !isPending(deviceCode, authorization.createdAt)) return false;
      if (end(idBytes(id), authorization.clientId, revision, session) === 0) return false;
      insertAuthorization(...values);
      if (code !== null) insertCode(code);
      if (accessToken !== null) insertToken(accessToken, revision);
      if (deviceCode !== null) acceptDevice(deviceCode, authorization.id);
      joinSession(authorization.sessionId, authorization.clientId);
      const { id: authorization_id, clientId: client_id, subject, sessionId: session_id } = authorization;
      tell("authorization_granted", { client_id, subject, session_id, authorization_id });
      return true;
    });
  };
}
