/** The database, as operations see it: one small interface per noun, methods named by intention. */
import type { ApiKeyStore } from "./store/api-keys.ts";
import type { AuthorizationStore } from "./store/authorizations.ts";
import type { CleaningStore } from "./store/cleaning.ts";
import type { ClientStore } from "./store/clients.ts";
import type { DeliveryStore } from "./store/deliveries.ts";
import type { DeviceChallengeStore, DeviceCodeStore } from "./store/device-codes.ts";
import type { EventStore } from "./store/events.ts";
import type { FlowStore } from "./store/flows.ts";
import type { ForcedSubjectStore } from "./store/forced-subjects.ts";
import type { ImportStore } from "./store/imports.ts";
import type { KeyStore } from "./store/keys.ts";
import type { LeaseStore } from "./store/leases.ts";
import type { LoginSessionStore } from "./store/login-sessions.ts";
import type { LogoutRequestStore } from "./store/logout-requests.ts";
import type { AccessTokenStore, CodeStore, RefreshFamilyStore } from "./store/tokens.ts";
import type { TrustedIssuerStore } from "./store/trusted-issuers.ts";
import type { UsedAssertionStore } from "./store/used-assertions.ts";

/**
 * Absence is undefined, a lost race is false (or an `Outcome`), and a database that does not answer throws
 * `temporarily_unavailable`.
 */
export interface Store {
  readonly clients: ClientStore;
  readonly flows: FlowStore;
  readonly loginSessions: LoginSessionStore;
  readonly logoutRequests: LogoutRequestStore;
  readonly deliveries: DeliveryStore;
  readonly authorizations: AuthorizationStore;
  readonly codes: CodeStore;
  readonly deviceCodes: DeviceCodeStore;
  readonly deviceChallenges: DeviceChallengeStore;
  readonly accessTokens: AccessTokenStore;
  readonly refreshFamilies: RefreshFamilyStore;
  readonly keys: KeyStore;
  readonly forcedSubjects: ForcedSubjectStore;
  readonly trustedIssuers: TrustedIssuerStore;
  readonly usedAssertions: UsedAssertionStore;
  readonly imports: ImportStore;
  readonly leases: LeaseStore;
  readonly events: EventStore;
  readonly apiKeys: ApiKeyStore;
  readonly cleaning: CleaningStore;
  readonly health: StoreHealth;
  close(): Promise<void>;
}

export interface StoreHealth {
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  /** Names of migrations that this program brings and the database does not have. */
  pendingMigrations(): Promise<string[]>;
}
