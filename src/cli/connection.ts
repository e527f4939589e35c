/** The way of a client command to a server: flags, transport, and what an error of the API looks like. */
import { type Client, Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { type Command, Option } from "commander";
import { processEnvironment } from "../config/load.ts";
import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.js";
import { ApiKeyService } from "../gen/tessera/admin/v1/api_key_service_pb.js";
import { ClientService } from "../gen/tessera/admin/v1/client_service_pb.js";
import { KeyService } from "../gen/tessera/admin/v1/key_service_pb.js";
import { SessionService } from "../gen/tessera/admin/v1/session_service_pb.js";
import { TokenService } from "../gen/tessera/admin/v1/token_service_pb.js";
import { TrustService } from "../gen/tessera/admin/v1/trust_service_pb.js";
import { CommandFailure, reasonOf } from "./failure.ts";
import { type Format, formatOption } from "./format.ts";
import { gather } from "./settings-flags.ts";

export interface ClientFlags {
  readonly endpoint: string;
  readonly format: Format;
  readonly quiet: boolean;
  readonly httpHeader: readonly string[];
  readonly skipTlsVerify: boolean;
  readonly protocol: "grpc" | "connect";
  readonly apiKey?: string;
}

/** Which of the two ports a command speaks to. */
export type PortName = "admin" | "public";

const defaults: Record<PortName, string> = { admin: "http://127.0.0.1:4445", public: "http://127.0.0.1:4444" };

const variables: Record<PortName, string> = { admin: "TESSERA_ADMIN_URL", public: "TESSERA_PUBLIC_URL" };

export function addClientFlags(command: Command, port: PortName): Command {
  const variable = variables[port];
  // ORY_SDK_URL is one for both ports: whoever uses both sets ours.
  const endpoint = processEnvironment[variable] || processEnvironment.ORY_SDK_URL || defaults[port];
  const where = `the ${port} port's URL (environment: ${variable}, ORY_SDK_URL)`;
  command
    .addOption(new Option("-e, --endpoint <url>", where).default(endpoint, defaults[port]))
    .addOption(formatOption())
    .option("-q, --quiet", "print ids only", false)
    .option("-H, --http-header <header>", 'a header such as "Name: value"; repeatable', gather, [])
    .option("--skip-tls-verify", "believe any certificate", false);
  if (port === "public") return command;
  const protocol = new Option("--protocol <protocol>", "gRPC over HTTP/2, or Connect over HTTP/1.1");
  // Read where it is sent: what stands here is a default that the help would show.
  command.option("--api-key <key>", "a key to the admin port (environment, unseen by others: TESSERA_API_KEY)");
  return command.addOption(protocol.choices(["grpc", "connect"]).default("grpc"));
}

export function adminClients(flags: ClientFlags): {
  readonly clients: Client<typeof ClientService>;
  readonly tokens: Client<typeof TokenService>;
  readonly keys: Client<typeof KeyService>;
  readonly sessions: Client<typeof SessionService>;
  readonly trust: Client<typeof TrustService>;
  readonly apiKeys: Client<typeof ApiKeyService>;
} {
  const transport = transportOf(flags);
  return {
    clients: createClient(ClientService, transport),
    tokens: createClient(TokenService, transport),
    keys: createClient(KeyService, transport),
    sessions: createClient(SessionService, transport),
    trust: createClient(TrustService, transport),
    apiKeys: createClient(ApiKeyService, transport),
  };
}

function transportOf(flags: ClientFlags): Transport {
  const headers = withKey(parseHeaders(flags.httpHeader), flags);
  const addHeaders: Interceptor = (next) => (request) => {
    for (const [name, value] of headers) request.header.append(name, value);
    return next(request);
  };
  const options = {
    baseUrl: requireUrl(flags.endpoint),
    interceptors: [addHeaders],
    nodeOptions: flags.skipTlsVerify ? { rejectUnauthorized: false } : {},
    defaultTimeoutMs: 30_000,
  };
  return flags.protocol === "connect"
    ? createConnectTransport({ ...options, httpVersion: "1.1" })
    : createGrpcTransport(options);
}

type Headers = ReadonlyArray<readonly [name: string, value: string]>;

/** An Authorization header of the caller's own comes before a key. */
function withKey(headers: Headers, { apiKey = processEnvironment.TESSERA_API_KEY ?? "" }: ClientFlags): Headers {
  if (apiKey === "" || headers.some(([name]) => name.toLowerCase() === "authorization")) return headers;
  // What no header can carry would be told in an error of the transport, whole.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new CommandFailure("--api-key: expected a key such as tsr_ak_...");
  return [...headers, ["authorization", `Bearer ${apiKey}`]];
}

export function requireUrl(endpoint: string): string {
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new CommandFailure(`--endpoint: expected an http or https URL, not ${endpoint}`);
  }
  return endpoint.replace(/\/$/, "");
}

export function parseHeaders(headers: readonly string[]): ReadonlyArray<readonly [string, string]> {
  return headers.map((header) => {
    const colon = header.indexOf(":");
    if (colon < 1) throw new CommandFailure('--http-header: expected "Name: value"');
    return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
  });
}

/** The reason of a failure that every further call would have too. */
export const unreachable = "unreachable";

/** The answer of a call; an error of the API becomes what Hydra's commands print. */
export async function answerOf<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw apiFailure(error);
  }
}

function apiFailure(error: unknown): unknown {
  if (!(error instanceof ConnectError)) return error;
  if (error.code === Code.Unavailable && error.cause !== undefined) {
    return new CommandFailure(`The server cannot be reached: ${reasonOf(error.cause)}`, unreachable);
  }
  const [info] = error.findDetails(ErrorInfoSchema);
  return failedRequest({ error: info?.reason ?? Code[error.code], error_description: error.rawMessage });
}

/** In Hydra's words. */
export function failedRequest(answer: Readonly<Record<string, unknown>>): CommandFailure {
  const lines = [JSON.stringify(answer, null, 2), "Failed to execute API request, see error above."];
  return new CommandFailure(lines, typeof answer.error === "string" ? answer.error : "");
}
