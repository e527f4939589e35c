/** `--skip-tls-verify` for commands that act as a client: Node's `fetch` has no such switch. */
import { request } from "node:https";

export interface Call {
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
}

/** Asks an https URL, whatever its certificate says. */
export function fetchUnverified(url: string, { method, headers, body }: Call): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: Object.fromEntries(headers), rejectUnauthorized: false, timeout: 30_000 };
    const sent = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const names = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
        const status = answer.statusCode ?? 502;
        // The Fetch standard allows no body, not even an empty one, with these.
        const content = status === 204 || status === 304 ? null : Buffer.concat(chunks);
        resolve(new Response(content, { status, headers: names }));
      });
    });
    sent.on("error", reject);
    sent.on("timeout", () => sent.destroy(new Error("no answer within 30 s")));
    sent.end(body);
  });
}
