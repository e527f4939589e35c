/** The demo client: an ordinary relying party, which could as well run elsewhere. */
import { timingSafeEqual } from "node:crypto";
import { arriving, departing, departureOf } from "./demo-departures.ts";
import { accountPage, welcomePage } from "./demo-pages.ts";
import { type DemoSession, type DemoSessions, demoSessions, type News } from "./demo-session.ts";
import { errorPage, failurePage, staleForm } from "./error.ts";
import { type Frame, layoutFiles } from "./layout.ts";
import { listen, only, type Page, type PageRequest, redirect } from "./listener.ts";
import { type RelyingParty, relyingParty, type Tokens } from "./relying-party.ts";

export interface DemoClientOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly random: (bytes: number) => Buffer;
  /** Told of what went wrong in a page; it is shown to nobody. */
  readonly report?: (error: unknown) => void;
}

export interface DemoClient {
  readonly url: string;
  /** What the client must be registered with. */
  readonly redirectUri: string;
  readonly close: () => Promise<void>;
}

export const demoScope = "openid profile email offline_access";

export async function startDemoClient(options: DemoClientOptions): Promise<DemoClient> {
  const frame: Frame = { house: "demo", brand: "Demo client", footer: `A relying party of ${options.issuer}` };
  const party = relyingParty({ ...options, scope: demoScope });
  const sessions = demoSessions(options.random);
  // Known only once it listens: the port may be any free one.
  const place = { url: "" };
  const redirectUri = () => `${place.url}/callback`;

  const { url, close } = await listen({
    host: options.host,
    port: options.port,
    pages: new Map<string, Page>([
      ["GET /", home(frame, sessions)],
      ["GET /login", login({ frame, issuer: options.issuer, party, redirectUri })],
      ["GET /callback", callback(frame, party, sessions, redirectUri)],
      ["POST /userinfo", button(frame, sessions, userinfo(party))],
      ["POST /refresh", button(frame, sessions, refresh(party))],
      ["POST /revoke", button(frame, sessions, revoke(party))],
      ["POST /logout", logout(frame, party, sessions, () => `${place.url}/`)],
      ...layoutFiles,
    ]),
    failure(status, cause) {
      if (cause !== undefined) options.report?.(cause);
      return failurePage(frame, status);
    },
  });
  place.url = url;
  return { url, redirectUri: redirectUri(), close };
}

function home(frame: Frame, sessions: DemoSessions): Page {
  return (request) => {
    const session = sessions.of(request);
    return session.tokens === undefined ? welcomePage(frame, session) : accountPage(frame, session, session.tokens);
  };
}

interface Beginning {
  readonly frame: Frame;
  readonly issuer: string;
  readonly party: RelyingParty;
  readonly redirectUri: () => string;
}

/**
 * A sign-in begins here, or elsewhere (OIDC Core §4): then it names the issuer, and perhaps the user. Where that page would
 * have her come back to is nobody's to say but ours.
 */
function login({ frame, issuer, party, redirectUri }: Beginning): Page {
  return async (request) => {
    const iss = only(request.query, "iss") ?? issuer;
    if (iss !== issuer) {
      return errorPage(frame, {
        status: 400,
        title: "Another server was named",
        text: "This client signs its users in at one server only, and whoever sent you here named another.",
        retry: { href: "/login", label: "Sign in" },
      });
    }
    const { departure, location } = await party.depart(redirectUri(), only(request.query, "login_hint"));
    return redirect(location, departing(request, departure));
  };
}

function callback(frame: Frame, party: RelyingParty, sessions: DemoSessions, redirectUri: () => string): Page {
  return async (request) => {
    const session = sessions.of(request);
    const departure = departureOf(request, only(request.query, "state") ?? "");
    if (departure === undefined) {
      // Back already: a page that was reloaded, or a second tab of the same sign-in. What came now is not looked at.
      if (session.tokens !== undefined) return redirect("/");
      return errorPage(frame, {
        status: 400,
        title: "Nobody was expected back",
        text: "This browser did not begin this sign-in, or it has ended already.",
        retry: { href: "/login", label: "Sign in" },
      });
    }
    const url = new URL(`${redirectUri()}?${request.query.toString()}`);
    const next = await outcome(session, async () => ({
      tokens: await party.arrive(url, departure),
      news: undefined,
    }));
    return redirect("/", [arriving(departure.state), sessions.keep(request, next, "new")]);
  };
}

interface Change {
  readonly tokens: Tokens | undefined;
  readonly news: News | undefined;
}

type Press = (tokens: Tokens) => Promise<Change>;

const userinfo =
  (party: RelyingParty): Press =>
  async (tokens) => ({
    tokens,
    news: { title: "Userinfo answered:", good: true, detail: await party.userinfo(tokens) },
  });

const refresh =
  (party: RelyingParty): Press =>
  async (tokens) => ({
    tokens: await party.refresh(tokens),
    news: { title: "Refreshed: there is a new access token, and the refresh token has been replaced.", good: true },
  });

const revoke =
  (party: RelyingParty): Press =>
  async (tokens) => {
    await party.revoke(tokens);
    return { tokens, news: { title: "Revoked: from now on both tokens are refused. Try them.", good: true } };
  };

function button(frame: Frame, sessions: DemoSessions, press: Press): Page {
  return async (request) => {
    const session = sessions.of(request);
    if (!isOwnForm(request, session)) return errorPage(frame, staleForm("/"));
    const { tokens } = session;
    if (tokens === undefined) return redirect("/");
    return redirect("/", [sessions.keep(request, await outcome(session, () => press(tokens)), "same")]);
  };
}

/** The client forgets its user first: whatever is answered at the server, here nobody is signed in any more. */
function logout(frame: Frame, party: RelyingParty, sessions: DemoSessions, homeUri: () => string): Page {
  return async (request) => {
    const session = sessions.of(request);
    if (!isOwnForm(request, session)) return errorPage(frame, staleForm("/"));
    const { tokens } = session;
    if (tokens === undefined) return redirect("/");
    const news = { title: "You have signed out here.", good: true };
    const location = await party.leave(tokens, homeUri());
    sessions.end(request);
    return redirect(location, [sessions.keep(request, { ...session, tokens: undefined, news }, "new")]);
  };
}

function isOwnForm(request: PageRequest, session: DemoSession): boolean {
  if (request.isOwn) return true;
  const [given, expected] = [Buffer.from(only(request.form, "token") ?? ""), Buffer.from(session.formToken)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** A refusal is news, not a crash: this client is there to show what the server says. */
async function outcome(session: DemoSession, act: () => Promise<Change>): Promise<DemoSession> {
  try {
    return { ...session, ...(await act()) };
  } catch (error) {
    return { ...session, news: { title: refusal(error), good: false } };
  }
}

/** RFC 6749 §5.2: the code, and the description where there is one. */
function refusal(error: unknown): string {
  if (!(error instanceof Error)) return "Something went wrong.";
  const code = "error" in error && typeof error.error === "string" ? error.error : error.message;
  const described = "error_description" in error ? error.error_description : undefined;
  return `The server refused: ${code}${typeof described === "string" ? `. ${described}` : ""}`;
}
