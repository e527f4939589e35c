/** The operator's service behind the web hooks: it writes down what it is asked, and answers as the test says. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { freePort } from "./server.ts";

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the wire says
  readonly body: any;
}

export type HookReply = RequestListener;

export interface HookService {
  readonly url: string;
  /** Since the last call, oldest first. */
  asked(): readonly Question[];
  /** How the paths are answered from now on; 204 where nothing is said. */
  answer(replies?: Readonly<Record<string, HookReply>>): void;
  up(): Promise<void>;
  down(): Promise<void>;
}

export async function hookService(): Promise<HookService> {
  const port = await freePort();
  let asked: Question[] = [];
  let replies: Readonly<Record<string, HookReply>> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const text = Buffer.concat(chunks).toString();
      asked.push({ method, path, headers, text, body: JSON.parse(text) });
      const reply = replies[path] ?? saying(204);
      reply(request, response);
    });
  });
  const up = () => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
  await up();
  return {
    url: `http://127.0.0.1:${port}`,
    asked() {
      const seen = asked;
      asked = [];
      return seen;
    },
    answer(given = {}) {
      replies = given;
      asked = [];
    },
    up,
    down: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const saying =
  (status: number, body = "", headers: Record<string, string> = {}): HookReply =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

/** 200 with claims for both tokens. */
export function claiming(accessToken: object, idToken: object = {}): HookReply {
  return saying(200, JSON.stringify({ session: { access_token: accessToken, id_token: idToken } }));
}
