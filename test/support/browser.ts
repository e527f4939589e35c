/** A browser without a screen: it keeps cookies, follows redirects by hand and shows each hop. */
import { request } from "node:http";
import { type CookieJar, cookieJar } from "./cookie-jar.ts";

interface Hop {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly setCookies: readonly string[];
  readonly body: string;
}

/** Where the browser ended, and how it came there: the last hop is the page itself. */
interface Visit extends Hop {
  readonly hops: readonly Hop[];
}

type Fields = Readonly<Record<string, string | readonly string[]>>;

export interface CookieBrowser {
  readonly cookies: CookieJar;
  /** One request, no redirect followed. */
  hop(method: string, url: string, fields?: Fields): Promise<Hop>;
  /** Opens the URL as if it were typed. */
  visit(url: string): Promise<Visit>;
  /** Sends the only form of the page, its hidden fields and what is already filled in included. */
  submit(page: Hop, fields: Fields): Promise<Visit>;
}

export interface CookieBrowserOptions {
  /** How URLs begin that nobody serves: the browser stops at the redirect that leads there, a hop of status 0. */
  readonly stopAt?: string;
}

export function cookieBrowser(options: CookieBrowserOptions = {}): CookieBrowser {
  const cookies = cookieJar();
  const isEnd = (url: string) => options.stopAt !== undefined && url.startsWith(options.stopAt);

  async function hop(method: string, url: string, fields?: Fields): Promise<Hop> {
    const answer = await send(method, url, cookies.header(new URL(url)), fields);
    cookies.store(new URL(url), answer.setCookies);
    return answer;
  }

  async function follow(method: string, start: string, fields?: Fields): Promise<Visit> {
    const hops: Hop[] = [];
    let [current, next, form] = [method, start, fields];
    for (let count = 0; count < 20; count++) {
      const last = isEnd(next) ? unserved(current, next) : await hop(current, next, form);
      hops.push(last);
      const location = last.headers.location;
      if (location === undefined || last.status < 300 || last.status > 399) return { ...last, hops };
      // RFC 9110 §15.4: after all but 307 and 308, browsers go on with GET.
      if (last.status !== 307 && last.status !== 308) [current, form] = ["GET", undefined];
      next = new URL(location, next).href;
    }
    throw new Error(`Too many redirects: ${hops.map(({ url }) => url).join(" -> ")}`);
  }

  return {
    cookies,
    hop,
    visit: (url) => follow("GET", url),
    submit(page, fields) {
      const form = /<form[^>]*>/.exec(page.body)?.[0] ?? "";
      const action = new URL(attribute(form, "action") ?? page.url, page.url).href;
      return follow(attribute(form, "method")?.toUpperCase() ?? "GET", action, { ...filledIn(page.body), ...fields });
    },
  };
}

function unserved(method: string, url: string): Hop {
  return { method, url, status: 0, headers: {}, setCookies: [], body: "" };
}

function send(method: string, url: string, cookie: string | undefined, fields: Fields | undefined): Promise<Hop> {
  const body = fields === undefined ? undefined : encode(fields);
  const headers: Record<string, string> = { accept: "text/html" };
  if (cookie !== undefined) headers.cookie = cookie;
  if (body !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({
          method,
          url,
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()])),
          setCookies: answer.headers["set-cookie"] ?? [],
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function encode(fields: Fields): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of typeof value === "string" ? [value] : value) form.append(name, one);
  }
  return form.toString();
}

/** What a user who changes nothing would send: hidden and text fields, ticked boxes; never a button. */
function filledIn(markup: string): Fields {
  const fields: Record<string, string[]> = {};
  for (const [input] of markup.matchAll(/<input[^>]*>/g)) {
    const [name, type] = [attribute(input, "name"), attribute(input, "type")];
    if (name === undefined || type === "submit") continue;
    if (type === "checkbox" && !/\schecked[\s>]/.test(input)) continue;
    const value = attribute(input, "value") ?? (type === "checkbox" ? "on" : "");
    fields[name] = [...(fields[name] ?? []), value];
  }
  return fields;
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return value?.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}
