/** The guard of the admin port: reads who asks before anything else of a request is read (D23). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ServerHttp2Stream } from "node:http2";
import { TLSSocket } from "node:tls";
import type { Asker } from "../../protocol/api-key.ts";
import type { OAuthError } from "../../protocol/errors.ts";
import { readTarget } from "./admit.ts";
import type { Answers, Log } from "./answer.ts";
import { errorReply, toOAuthError } from "./errors.ts";
import type { HttpReply } from "./message.ts";
import type { Visit } from "./visit.ts";

/** What a request brings to say who makes it. */
interface Credentials {
  readonly token: string | null;
  readonly certificate: { readonly subject: string; readonly isTrusted: boolean } | null;
}

export interface Guard {
  /** Rejects with the refusal. */
  readonly recognize: (presented: Credentials & { readonly requestId: string; readonly now: Date }) => Promise<Asker>;
  /** Whether certificates are asked for. */
  readonly readsCertificates: boolean;
  readonly isRpc: (request: IncomingMessage) => boolean;
  readonly refuseRpc: (request: IncomingMessage, response: ServerResponse, refusal: OAuthError) => void;
}

/** What a load balancer asks has no secrets in it, and load balancers have no keys. */
const openPaths: ReadonlySet<string> = new Set([
  "/admin/health/alive",
  "/admin/health/ready",
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/List",
  "/grpc.health.v1.Health/Watch",
]);

/** Compared byte for byte, so that no other spelling of another path is taken for one of these. */
function isOpenPath(path: string): boolean {
  return openPaths.has(path);
}

type Taking = (request: IncomingMessage, response: ServerResponse, visit: Visit) => boolean;

interface Ways {
  readonly rpc?: ((request: IncomingMessage, response: ServerResponse, asker?: Asker) => boolean) | undefined;
  readonly toRouter: (request: IncomingMessage, response: ServerResponse) => void;
  readonly answers: Answers;
  readonly clock: () => Date;
  readonly log: Log;
}

/** Lets a request in when it is known who asks; says false, and leaves it alone, when it is open to everybody. */
export function guarding(guard: Guard, ways: Ways): { readonly rpc: Taking; readonly rest: Taking } {
  const { answers, clock, log, rpc, toRouter } = ways;
  const ask = door(guard);
  const admit = async (request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<boolean> => {
    visit.asker = await ask(request, { requestId: visit.id, now: clock() });
    // Who has gone meanwhile asks nothing any more.
    return !response.destroyed;
  };
  return {
    rpc(request, response, visit) {
      if (!guard.isRpc(request) || isOpenPath(request.url ?? "")) return false;
      visit.given = readTarget(request.url)?.path ?? "";
      visit.endpoint = visit.given;
      admit(request, response, visit)
        .then((isHere) => isHere && rpc?.(request, response, visit.asker))
        .catch((thrown: unknown) => {
          const refusal = toOAuthError(thrown);
          if (refusal.status.http >= 500) log("error", refusal.message, { error: refusal.details.cause ?? refusal });
          if (!response.headersSent && !response.destroyed) guard.refuseRpc(request, response, refusal);
        });
      return true;
    },
    rest(request, response, visit) {
      if (isOpenPath(visit.path)) return false;
      admit(request, response, visit)
        .then((isHere) => isHere && toRouter(request, response))
        .catch((thrown: unknown) => {
          const refusal = toOAuthError(thrown);
          if (refusal.status.http >= 500) answers.failed(refusal, request, response);
          else answers.reply(request, response, refusalReply(request, refusal));
        });
      return true;
    },
  };
}

type Attendance = { readonly requestId: string; readonly now: Date };

/** Tells who asks, or rejects with the refusal. */
function door(guard: Guard): (request: IncomingMessage, attendance: Attendance) => Promise<Asker> {
  const shown = certificates();
  return async (request, { requestId, now }) => {
    const certificate = guard.readsCertificates ? shown(request, now) : null;
    return guard.recognize({ token: bearerOf(request), certificate, requestId, now });
  };
}

/** RFC 6750 §2.1; another scheme, or none, is no key. */
function bearerOf({ headers }: IncomingMessage): string | null {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  return /^bearer +([^\s]+) *$/i.exec(authorization)?.[1] ?? null;
}

/** RFC 6750 §3.1: who has sent nothing is told no error code. */
function refusalReply(request: IncomingMessage, refusal: OAuthError): HttpReply {
  const reply = errorReply(refusal, false);
  if (refusal.status.http !== 401 || bearerOf(request) !== null) return reply;
  return { ...reply, headers: { ...reply.headers, "www-authenticate": 'Bearer realm="admin"' } };
}

interface Known {
  readonly subject: string;
  readonly isTrusted: boolean;
  readonly validTo: number;
}

/** Kept by connection: reading a certificate costs more than everything else about a call. */
function certificates(): (request: IncomingMessage, now: Date) => Credentials["certificate"] {
  const known = new WeakMap<object, Known | "none">();
  return (request, now) => {
    const connection = connectionOf(request);
    const found = known.get(connection) ?? read(request.socket);
    known.set(connection, found);
    if (found === "none") return null;
    return { subject: found.subject, isTrusted: found.isTrusted && now.getTime() < found.validTo };
  };
}

/** Over HTTP/2 each request has a socket of its own, which only stands for the session's. */
function connectionOf(request: IncomingMessage & { readonly stream?: ServerHttp2Stream }): object {
  return request.stream?.session ?? request.socket;
}

function read(socket: unknown): Known | "none" {
  if (!(socket instanceof TLSSocket)) return "none";
  // `authorized` alone is not enough: it is true for a TLS 1.3 session that was resumed without any certificate.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return "none";
  const subject = certificate.subject.split("\n").join(", ").slice(0, 200);
  return { subject, isTrusted: socket.authorized, validTo: certificate.validToDate.getTime() };
}
