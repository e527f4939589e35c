/** What the device page asks and answers: which device is it, and may it come in? */
import type { Ports } from "../../ports/ports.ts";
import type { FoundChallenge } from "../../ports/store/device-codes.ts";
import type { Client } from "../../protocol/client.ts";
import { type DeviceCode, readUserCode } from "../../protocol/device-code.ts";
import { refuse } from "../../protocol/errors.ts";
import { styleOf } from "./start.ts";
import { verificationUrl, verifierUrl } from "./urls.ts";

export interface DeviceRequestSeen {
  readonly challenge: string;
  readonly requestUrl: string;
  /** The device whose code is known, and its client; null before. */
  readonly device: { readonly code: DeviceCode; readonly client: Client } | null;
}

interface Asked {
  readonly challenge: string;
  /** As typed; "" when none is told. */
  readonly userCode: string;
  readonly now: Date;
}

/** With a user code: whose device it is, so that the user can be asked. A wrong one counts as if it were accepted. */
export async function getDevice({ challenge, userCode, now }: Asked, ports: Ports): Promise<DeviceRequestSeen> {
  const found = await requireOpen(challenge, now, ports);
  const requestUrl = verificationUrl(found.prefilled, ports.config);
  const code =
    userCode === "" ? await entered(found, now, ports) : await enter(found, { userCode, keeps: false, now }, ports);
  if (code === undefined) return { challenge, requestUrl, device: null };
  const client = await ports.store.clients.find(code.clientId);
  return { challenge, requestUrl, device: client === undefined ? null : { code, client } };
}

/** May be answered again: the last user code counts, and `redirectTo` is the same. */
export async function acceptDevice({ challenge, userCode, now }: Asked, ports: Ports): Promise<{ redirectTo: string }> {
  const found = await requireOpen(challenge, now, ports);
  if (userCode === "") refuse("invalid_request", "Field 'user_code' must not be empty.", { field: "user_code" });
  const code = await enter(found, { userCode, keeps: true, now }, ports);
  ports.events.emit({ type: "user_code_accepted", clientId: code.clientId });
  return { redirectTo: verifierUrl(found.id, code.clientId, ports) };
}

/** The user does not know the device: it is told so when it asks. */
export async function rejectDevice({ challenge, userCode, now }: Asked, ports: Ports): Promise<{ redirectTo: string }> {
  const found = await requireOpen(challenge, now, ports);
  const code =
    userCode === "" ? await entered(found, now, ports) : await enter(found, { userCode, keeps: true, now }, ports);
  if (code !== undefined && (await ports.store.deviceCodes.deny(code.digest))) {
    ports.events.emit({ type: "authorization_refused", clientId: code.clientId, error: "access_denied" });
  }
  return { redirectTo: verifierUrl(found.id, code?.clientId ?? null, ports) };
}

/** As for logins and consents: unknown, too old, or over with the way to begin anew. */
async function requireOpen(challenge: string, now: Date, ports: Ports): Promise<FoundChallenge> {
  const id = ports.secrets.openHandle(challenge, "device_challenge");
  if (id === undefined) refuse("not_found", "Unable to locate the requested resource");
  const found = await ports.store.deviceChallenges.find(id);
  if (found === undefined) refuse("request_unauthorized", "The device request has expired, please try again.");
  if (found.isOver || found.expiresAt <= now) refuseOver(ports);
  return found;
}

function refuseOver({ config }: Ports): never {
  refuse("gone", "The device request has expired or has seen too many wrong user codes.", {
    redirectTo: verificationUrl(false, config),
  });
}

/** The device that was entered before, while it still waits. */
async function entered({ deviceCodeDigest }: FoundChallenge, now: Date, { store }: Ports) {
  const code = deviceCodeDigest === null ? undefined : await store.deviceCodes.find(deviceCodeDigest);
  return code?.state === "pending" && code.expiresAt > now ? code : undefined;
}

interface Entry {
  readonly userCode: string;
  readonly keeps: boolean;
  readonly now: Date;
}

/** RFC 8628 §5.1: a code that can be guessed is tried only so often, at each challenge and in all. */
async function enter({ id }: FoundChallenge, { userCode, keeps, now }: Entry, ports: Ports): Promise<DeviceCode> {
  const { config, deviceMemory, events, secrets, store } = ports;
  const seconds = deviceMemory.tryUserCode(now);
  if (seconds > 0) {
    refuse("too_many_requests", "Too many wrong user codes were tried. Please wait a moment.", {
      retryAfterSeconds: seconds,
    });
  }
  const code = readUserCode(userCode, styleOf(config));
  const userCodeDigests = code === undefined ? [] : secrets.userCodeDigests(code);
  const outcome = await store.deviceChallenges.enter({ challengeId: id, userCodeDigests, keeps, now });
  if (outcome === "over") refuseOver(ports);
  if (outcome === "wrong") {
    events.emit({ type: "user_code_refused" });
    refuse("invalid_request", "The user code is not known, has expired or was used.", { field: "user_code" });
  }
  deviceMemory.wasRight();
  return outcome;
}
