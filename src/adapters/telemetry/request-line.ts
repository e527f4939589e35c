/** The one line of a request in the log, in Hydra's words, with nothing in it that could be used again. */
import type { Logger } from "./logger.ts";

export interface RequestLine {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent. */
  readonly query: string;
  readonly status: number;
  readonly seconds: number;
  readonly responseBytes: number;
  readonly remoteAddress: string;
  readonly requestId: string | undefined;
}

export interface RequestLineOptions {
  readonly interfaceName: "public" | "admin";
  readonly withoutHealth: boolean;
  /** Shows the query, but for what could be used again. */
  readonly leakQueries: boolean;
  readonly redaction: string;
}

export function requestLines(log: Logger, options: RequestLineOptions): (line: RequestLine) => void {
  return (line) => {
    if (options.withoutHealth && isHealth(line.path)) return;
    const level = line.status >= 500 ? "error" : "info";
    if (!log.isLogged(level)) return;
    log.writeLater(level, "completed handling request", () => {
      const id = plainRequestId(line.requestId);
      return {
        http_request: {
          interface: options.interfaceName,
          remote: line.remoteAddress,
          method: line.method,
          path: shownPath(line.path, options),
          query: shownQuery(line.query, options),
          ...(id === undefined ? {} : { request_id: id }),
        },
        http_response: {
          status: line.status,
          size: line.responseBytes,
          took_ms: Math.round(line.seconds * 1e6) / 1e3,
        },
      };
    });
  };
}

const isHealth = (path: string) => /^(\/admin)?\/(health\/(alive|ready)|metrics\/prometheus)$/.test(path);

/** A caller's id is theirs to choose, so only what looks like one is repeated. */
const plainRequestId = (id: string | undefined) =>
  id !== undefined && /^[\w.:/+=-]{1,128}$/.test(id) ? id : undefined;

const longestName = 40;

/** Nobody gives a name of more than 40 characters to a thing: what is longer may be a token that was put there. */
function shownPath(path: string, { redaction }: RequestLineOptions): string {
  if (path.length <= longestName) return path;
  const parts = path.slice(0, 1024).split("/");
  return parts.map((part) => (part.length > longestName ? redaction : part)).join("/");
}

/** Parameters whose values carry no right and name no person. */
const plainParameters = new Set([
  "client_id",
  "response_type",
  "response_mode",
  "redirect_uri",
  "scope",
  "audience",
  "resource",
  "prompt",
  "max_age",
  "display",
  "ui_locales",
  "acr_values",
  "code_challenge_method",
  "page_size",
  "error",
]);

function shownQuery(query: string, { leakQueries, redaction }: RequestLineOptions): string {
  if (query === "" || !leakQueries) return query === "" ? "" : redaction;
  return query
    .slice(0, 4096)
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      return plainParameters.has(name) ? pair : `${name.slice(0, 64)}=${redaction}`;
    })
    .join("&");
}
