/** Opens a request object, sent by value or by reference, and proves that it is the client's (RFC 9101 §6, OIDC Core §6). */
import type { Ports } from "../../ports/ports.ts";
import { type ParsedRequest, parseRequest } from "../../protocol/authorization-request/parse.ts";
import {
  isRegisteredRequestUri,
  namesRequestObject,
  readRequestObject,
  restartParameter,
} from "../../protocol/authorization-request/request-object.ts";
import type { Client } from "../../protocol/client.ts";
import { refuse } from "../../protocol/errors.ts";
import { isOver } from "../../protocol/flow.ts";
import type { Parameters } from "../../protocol/parameters.ts";

export async function openRequestObject(
  client: Client,
  parsed: ParsedRequest,
  now: Date,
  ports: Ports,
): Promise<ParsedRequest> {
  // A parameter that was sent twice is refused further on; nothing is fetched for it.
  if (!namesRequestObject(parsed) || parsed.repeated !== undefined) return parsed;
  const { parameters } = parsed;
  const jwt = await readObject(client, parameters.get("request"), parameters.get("request_uri"), ports);
  const verified = await ports.verifier.requestObject(client, jwt);
  if (verified === undefined) {
    refuse("invalid_request_object", "The request object is not a JWT that the client signed with what it registered.");
  }
  const presentedAt = (await firstPresented(client, parameters, now, ports)) ?? now;
  const expected = { clientId: client.id, issuer: ports.config["urls.self.issuer"], now: presentedAt };
  return { parameters: readRequestObject(verified, parameters, expected), repeated: undefined };
}

async function readObject(client: Client, value: string | undefined, uri: string | undefined, ports: Ports) {
  if (value !== undefined && uri !== undefined) {
    refuse("invalid_request", "The parameters 'request' and 'request_uri' must not be sent together.");
  }
  if (uri === undefined) return value ?? "";
  // RFC 9101 §10.4.1: who may name any place can make this server ask anybody.
  if (!isRegisteredRequestUri(client.requestUris, uri)) {
    refuse("invalid_request_uri", "The 'request_uri' is not one that the client has registered.");
  }
  try {
    return (await ports.outbound.fetchText(uri)).trim();
  } catch (cause) {
    // One sentence for every failure: the reason would let a client feel its way through our network.
    return refuse("invalid_request_uri", "The document at the 'request_uri' could not be fetched.", { cause });
  }
}

/** When the same object was presented for the first time, if this request says that it begins anew, and rightly so. */
async function firstPresented(client: Client, parameters: Parameters, now: Date, ports: Ports) {
  const handle = parameters.get(restartParameter);
  const id = handle === undefined ? undefined : ports.secrets.openHandle(handle, "restart");
  const found = id === undefined ? undefined : await ports.store.flows.find(id);
  if (found === undefined || found.client.id !== client.id || isOver(found.flow, now)) return undefined;
  const { parameters: before } = parseRequest(found.flow.request.requestUrl.split(/\?(.*)/s)[1] ?? "");
  const isSame = ["request", "request_uri"].every((name) => before.get(name) === parameters.get(name));
  return isSame ? found.flow.requestedAt : undefined;
}
