/** What the demo client remembers of a browser: in memory, under a random name that only its cookie holds. */
import type { PageRequest } from "./listener.ts";
import type { Tokens } from "./relying-party.ts";

export interface DemoSession {
  /** The hidden field that its forms must carry. */
  readonly formToken: string;
  readonly tokens: Tokens | undefined;
  /** What the last button did. */
  readonly news: News | undefined;
}

export interface News {
  readonly title: string;
  readonly good: boolean;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface DemoSessions {
  /** The browser's own session, or a new one that is not kept yet. */
  of(request: PageRequest): DemoSession;
  /**
   * Keeps the session under its old name, or a new one: after a sign-in the name changes. The old one is left as it
   * was, because another tab may be on its way with it. Answers `Set-Cookie`.
   */
  keep(request: PageRequest, session: DemoSession, name: "same" | "new"): string;
  /** Forgets the browser's session. */
  end(request: PageRequest): void;
}

const cookieName = "tessera_demo";
const mostSessions = 1000;

export function demoSessions(random: (bytes: number) => Buffer): DemoSessions {
  const sessions = new Map<string, DemoSession>();
  const makeName = () => random(32).toString("base64url");

  return {
    of(request) {
      const known = sessions.get(request.cookies.get(cookieName) ?? "");
      return known ?? { formToken: makeName(), tokens: undefined, news: undefined };
    },
    keep(request, session, choice) {
      const old = request.cookies.get(cookieName) ?? "";
      const name = choice === "same" && sessions.has(old) ? old : makeName();
      // Again the last of them.
      sessions.delete(name);
      sessions.set(name, session);
      // The one that was not used for the longest time goes.
      const [oldest] = sessions.keys();
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest);
      return `${cookieName}=${name}; Path=/; HttpOnly; SameSite=Lax`;
    },
    end(request) {
      sessions.delete(request.cookies.get(cookieName) ?? "");
    },
  };
}
