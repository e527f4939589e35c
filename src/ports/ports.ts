/** What operations need from the world. */
import type { Config } from "../config/settings.ts";
import type { Client } from "../protocol/client.ts";
import type { Step } from "../protocol/flow.ts";
import type { JsonObject, JsonValue } from "../protocol/json.ts";
import type { SigningKey } from "../protocol/key.ts";
import type { EventFeed } from "./event-feed.ts";
import type { Events } from "./events.ts";
import type { Store } from "./store.ts";
import type { TokenHooks } from "./token-hook.ts";

export interface Ports {
  readonly config: Config;
  readonly store: Store;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly keyMaker: KeyMaker;
  readonly secrets: Secrets;
  readonly random: Random;
  readonly deviceMemory: DeviceMemory;
  readonly outbound: Outbound;
  /** Null: the operator has none. */
  readonly tokenHooks: TokenHooks | null;
  readonly events: Events;
  readonly eventFeed: EventFeed;
}

/** Signs with the key of a set that is in force. */
export interface Signer {
  /** A compact JWS over the claims. `typ` is the header's. With the set's own algorithm unless one is named. */
  sign(set: string, typ: string, claims: JsonObject, algorithm?: string): Promise<string>;
  /** The algorithm that `sign` would use now: `at_hash` depends on it. */
  algorithm(set: string): Promise<string>;
  /** Whether the set has a key that signs under this algorithm. */
  hasKey(set: string, algorithm: string): Promise<boolean>;
  /** Public halves of every key relying parties may meet, the signing ones first (RFC 7517 §5). */
  publicKeys(): Promise<readonly JsonObject[]>;
  /** The keys have changed: what is remembered of them is read again. */
  forget(): void;
}

/** What a compact JWS says once its signature holds. */
export interface VerifiedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/** Checks signatures; times, audiences and meanings are the caller's. Undefined: not to be believed. */
export interface Verifier {
  /** A JWT that this server signed with a key of the set, with this `typ` header. */
  ours(set: string, typ: string, jwt: string): Promise<VerifiedJwt | undefined>;
  /**
   * A client's JWT under this algorithm: under its secret (HS256 and its like), or under its registered keys (`jwks`, or
   * `jwks_uri` through the guarded fetcher).
   * Headers `jku`, `x5u`, `jwk`, `x5c` are ignored, `crit` is refused (RFC 8725 §3.10).
   */
  clients(client: Client, algorithm: string, jwt: string): Promise<VerifiedJwt | undefined>;
  /**
   * A request object of the client's (RFC 9101 §6.2): under the algorithm that it registered, or any if it named none;
   * without a signature only if it registered `none`.
   */
  requestObject(client: Client, jwt: string): Promise<VerifiedJwt | undefined>;
  /** What somebody's JWT says of itself: strictly read, but believed by nobody yet. */
  read(jwt: string): VerifiedJwt | undefined;
  /** A JWT that was made with the other half of this public key, under an algorithm of the key. */
  signedBy(publicJwk: JsonObject, jwt: string): Promise<VerifiedJwt | undefined>;
}

export interface KeyMaker {
  /** A new key for the set, which signs at once; refuses an algorithm it does not know. Without names it makes them. */
  generate(set: string, algorithm: string, now: Date, names?: KeyNames): Promise<SigningKey>;
  /** Somebody's own key for the set; refuses one that is malformed, too weak, or whose halves do not belong together. */
  read(set: string, jwk: JsonObject, now: Date): SigningKey;
}

export interface KeyNames {
  readonly kid: string;
  readonly use: string;
}

/** Everything that rests on `secrets.system` or on the hash of a client secret. */
export interface Secrets {
  /** The short handle (under 64 characters) for a step of a flow. */
  handle(flowId: string, step: Step): string;
  /** The flow a handle of this very step belongs to, or undefined. Costs no statement. */
  openHandle(handle: string, step: Step): string | undefined;
  /** The refresh token of a family's generation. */
  refreshToken(authorizationId: string, generation: number): string;
  openRefreshToken(token: string): { readonly authorizationId: string; readonly generation: number } | undefined;
  /** The keyed digests under which a user code may be stored; the first is the one to store it by. */
  userCodeDigests(userCode: string): readonly [string, ...string[]];
  /** A signed, opaque page token for a list, good for an hour; `open` answers undefined for any other list's or a forged one. */
  pageToken(list: string, after: string, now: Date): string;
  openPageToken(list: string, token: string, now: Date): string | undefined;
  /** The stored form of a secret: a fast salted hash when we made it, Argon2id when a person chose it (D28). */
  hashSecret(secret: string, origin: "generated" | "chosen"): Promise<string>;
  /** What is stored of a secret with which its client signs; it opens for this client alone. */
  sealClientSecret(clientId: string, secret: string): string;
  /** Constant time; slow hashes run off the event loop, bounded per client, and a success is remembered. */
  isClientSecret(client: Client, secret: string): boolean | Promise<boolean>;
}

export interface Random {
  /** 32 hex digits (16 bytes). */
  id(): string;
  /** A dashed UUID, version 4. */
  uuid(): string;
  /** `bytes` random bytes as base64url. */
  text(bytes: number): string;
  /** A client secret: 26 characters of Hydra's alphabet (D28). */
  clientSecret(): string;
  /** So many characters of the alphabet, each as likely as the others. */
  word(alphabet: readonly string[], length: number): string;
  /** An unsigned 31-bit integer. */
  integer(): number;
}

/** What this process remembers of devices that ask and of wrong user codes; never written down (D47). */
export interface DeviceMemory {
  /** Notes that the device asks, and tells whether it asks too often (RFC 8628 §3.5). */
  asksTooOften(deviceCodeDigest: string, intervalSeconds: number, now: Date): boolean;
  /** Notes that a user code is tried; 0, or the seconds to wait because too many wrong ones were (RFC 8628 §5.1). */
  tryUserCode(now: Date): number;
  /** The user code that was tried was right: it does not count. */
  wasRight(): void;
}

/** Requests to places that clients name, guarded (D24). */
export interface Outbound {
  /** The JSON document at an https URL; throws when it is refused, too slow, too large or no JSON object. */
  fetchJson(url: string): Promise<JsonObject>;
  /** The same, where the document is a JSON array. */
  fetchJsonArray(url: string): Promise<readonly JsonValue[]>;
  /**
   * A document of at most 16 kB at an https URL, whatever it is; throws when it is refused, too slow or too large, or
   * when too many others are being fetched.
   */
  fetchText(url: string): Promise<string>;
  /** Posts a form and answers the status, whatever it is; throws when it is refused or too slow. */
  postForm(url: string, parameters: ReadonlyArray<readonly [string, string]>): Promise<number>;
  /**
   * Ends a session at the identity provider that the configuration names: the operator's own address, bounded but not
   * filtered. Throws when it is not done.
   */
  endIdentityProviderSession(id: string): Promise<void>;
}
