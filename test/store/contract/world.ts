/** Stories told up to the point where a test begins. */

import type { SessionEnding } from "../../../src/ports/store/login-sessions.ts";
import type { Redemption, Rotation } from "../../../src/ports/store/tokens.ts";
import type { Store } from "../../../src/ports/store.ts";
import type { Authorization } from "../../../src/protocol/authorization.ts";
import type { Client } from "../../../src/protocol/client.ts";
import type { Flow } from "../../../src/protocol/flow.ts";
import type { LoginSession } from "../../../src/protocol/login-session.ts";
import type { AuthorizationCode } from "../../../src/protocol/token.ts";
import {
  aClient,
  aCode,
  aFlow,
  after,
  aLoginSession,
  anAcceptedConsent,
  anAcceptedLogin,
  anAccessToken,
  anAuthorization,
  endsIn,
} from "../../support/nouns.ts";

export type StoreOf = () => Store;

export async function stored(store: Store, client: Client): Promise<Client> {
  if (!(await store.clients.create(client))) throw new Error(`The client ${client.id} is taken.`);
  return client;
}

/** A client and its flow, which asks for a login. */
export async function begun(store: Store, over: Partial<Flow> = {}): Promise<{ client: Client; flow: Flow }> {
  const client = await stored(store, aClient());
  const flow = aFlow(client, over);
  if (!(await store.flows.begin(flow, client.revision))) throw new Error("The flow did not begin.");
  return { client, flow };
}

export interface Consented {
  readonly client: Client;
  readonly flow: Flow;
  readonly session: LoginSession;
}

/** Login and consent have been answered; the session stands. */
export async function consented(store: Store, client?: Client, over: Partial<LoginSession> = {}): Promise<Consented> {
  const owner = client ?? (await stored(store, aClient()));
  const flow = aFlow(owner);
  const session = aLoginSession({ id: flow.sessionId, ...over });
  const steps = [
    await store.flows.begin(flow, owner.revision),
    await store.flows.answerLogin(flow.id, { accepted: anAcceptedLogin() }, after(20)),
    await store.flows.askConsent({
      flowId: flow.id,
      sessionId: session.id,
      skip: false,
      basedOn: null,
      session,
      extendedUntil: null,
      now: after(30),
    }),
    await store.flows.answerConsent(flow.id, { accepted: anAcceptedConsent() }, { now: after(40), subject: "anna" }),
  ];
  if (steps.includes(false)) throw new Error(`The flow stopped: ${steps.join(", ")}`);
  return { client: owner, flow, session };
}

export interface Granted extends Consented {
  readonly authorization: Authorization;
  readonly code: AuthorizationCode;
}

/** The code is with the client. */
export async function granted(store: Store, over: Partial<Authorization> = {}, client?: Client): Promise<Granted> {
  const story = await consented(store, client);
  const authorization = anAuthorization(story.flow, over);
  const code = aCode(authorization);
  if (!(await store.flows.finish(story.flow.id, authorization, endsIn(code), story.client.revision))) {
    throw new Error("The flow did not finish.");
  }
  return { ...story, authorization, code };
}

/** What spends the story's code for an access token and, if named so, a refresh family. */
export function aRedemption(story: Granted, over: Partial<Redemption> = {}): Redemption {
  return {
    digest: story.code.digest,
    authorizationId: story.authorization.id,
    clientId: story.client.id,
    revision: story.client.revision,
    accessToken: anAccessToken(story.client, { authorizationId: story.authorization.id, scope: null, audience: null }),
    family: null,
    now: after(70),
    ...over,
  };
}

export interface Refreshable extends Granted {
  /** The digest of the first access token. */
  readonly firstToken: string;
}

/** The code is spent; a refresh family of generation 1 lives until an hour after `start`. */
export async function refreshable(store: Store, over: Partial<Authorization> = {}): Promise<Refreshable> {
  const story = await granted(store, over);
  const accessToken = anAccessToken(story.client, {
    authorizationId: story.authorization.id,
    generation: 1,
    scope: null,
    audience: null,
  });
  const family = { authorizationId: story.authorization.id, clientId: story.client.id, expiresAt: after(3600) };
  const outcome = await store.codes.redeem(aRedemption(story, { accessToken, family }));
  if (outcome !== "done") throw new Error(`The code was not redeemed: ${outcome}`);
  return { ...story, firstToken: accessToken.digest };
}

/** What turns the story's family from this generation into the next. */
export function aRotation(
  story: Pick<Granted, "authorization" | "client">,
  generation: number,
  over: Partial<Rotation> = {},
): Rotation {
  return {
    authorizationId: story.authorization.id,
    clientId: story.client.id,
    revision: story.client.revision,
    generation,
    expiresAt: after(7200),
    accessToken: anAccessToken(story.client, {
      authorizationId: story.authorization.id,
      generation: generation + 1,
      scope: null,
      audience: null,
    }),
    now: after(600),
    ...over,
  };
}

/** An administrator ends these sessions. */
export function anEnding(sessionIds: readonly string[], over: Partial<SessionEnding> = {}): SessionEnding {
  return { sessionIds, logoutId: null, revoke: "session", giveUpAt: after(90_000), now: after(600), ...over };
}

/** Twenty at once. */
export function racing<T>(run: (racer: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 20 }, (_, racer) => run(racer)));
}
