/** The reference login, consent, device and logout application: a client of the public contract like anybody's own. */
import { consentPages } from "./consent.ts";
import { csrf } from "./csrf.ts";
import { devicePages } from "./device.ts";
import { errorPage, failurePage, kindly, noChallenge, serverErrorPage } from "./error.ts";
import { flowClient } from "./flow-client.ts";
import { type Frame, layoutFiles } from "./layout.ts";
import { listen, type Page } from "./listener.ts";
import { loginPages } from "./login.ts";
import { logoutPages } from "./logout.ts";
import type { PageParts } from "./parts.ts";
import type { User } from "./users.ts";

export interface ReferencePagesOptions {
  /** Where the admin port is: the flow services are asked there. */
  readonly adminUrl: string;
  /** Where the admin port asks for a key. */
  readonly apiKey?: string | undefined;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly users: readonly User[];
  readonly random: (bytes: number) => Buffer;
  /** Told of what went wrong in a page; it is shown to nobody. */
  readonly report?: (error: unknown) => void;
}

export interface ReferencePages {
  readonly loginUrl: string;
  readonly consentUrl: string;
  readonly deviceUrl: string;
  readonly deviceDoneUrl: string;
  readonly logoutUrl: string;
  readonly signedOutUrl: string;
  readonly errorUrl: string;
  close(): Promise<void>;
}

const frame: Frame = { house: "server", brand: "Tessera", footer: "Reference sign-in pages of Tessera" };

export async function mountReferencePages(options: ReferencePagesOptions): Promise<ReferencePages> {
  const parts: PageParts = {
    frame,
    flows: flowClient(options.adminUrl, options.apiKey),
    csrf: csrf({ cookieName: "tessera_pages", random: options.random }),
    users: options.users,
  };
  const [login, consent, logout] = [loginPages(parts), consentPages(parts), logoutPages(parts)];
  const device = devicePages(parts);
  const { url, close } = await listen({
    host: options.host,
    port: options.port,
    pages: new Map<string, Page>([
      ["GET /", () => errorPage(frame, { ...noChallenge, status: 200 })],
      ["GET /login", kindly(frame, login.show)],
      ["POST /login", kindly(frame, login.answer)],
      ["GET /consent", kindly(frame, consent.show)],
      ["POST /consent", kindly(frame, consent.answer)],
      ["GET /device", kindly(frame, device.show)],
      ["POST /device", kindly(frame, device.answer)],
      ["GET /device/success", device.done],
      ["GET /logout", kindly(frame, logout.show)],
      ["POST /logout", kindly(frame, logout.answer)],
      ["GET /signed-out", logout.signedOut],
      ["GET /error", serverErrorPage(frame)],
      ...layoutFiles,
    ]),
    failure(status, cause) {
      if (cause !== undefined) options.report?.(cause);
      return failurePage(frame, status);
    },
  });
  return {
    loginUrl: `${url}/login`,
    consentUrl: `${url}/consent`,
    deviceUrl: `${url}/device`,
    deviceDoneUrl: `${url}/device/success`,
    logoutUrl: `${url}/logout`,
    signedOutUrl: `${url}/signed-out`,
    errorUrl: `${url}/error`,
    close,
  };
}
