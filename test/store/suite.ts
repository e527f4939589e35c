/** What every implementation of the Store port must do alike; each database's own test file calls it once. */
import { afterAll, beforeAll, describe } from "vitest";
import type { Store } from "../../src/ports/store.ts";
import { accessTokensContract } from "./contract/access-tokens.ts";
import { apiKeysContract } from "./contract/api-keys.ts";
import { authorizationsContract } from "./contract/authorizations.ts";
import { cleaningContract } from "./contract/cleaning.ts";
import { clientsContract } from "./contract/clients.ts";
import { codesContract } from "./contract/codes.ts";
import { deliveriesContract } from "./contract/deliveries.ts";
import { deviceCodesContract } from "./contract/device-codes.ts";
import { eventsContract } from "./contract/events.ts";
import { flowAnswersContract } from "./contract/flow-answers.ts";
import { flowsContract } from "./contract/flows.ts";
import { forcedSubjectsContract } from "./contract/forced-subjects.ts";
import { frontChannelContract } from "./contract/front-channel.ts";
import { healthContract } from "./contract/health.ts";
import { importsContract } from "./contract/imports.ts";
import { keysContract } from "./contract/keys.ts";
import { leasesContract } from "./contract/leases.ts";
import { loginSessionsContract } from "./contract/login-sessions.ts";
import { logoutRequestsContract } from "./contract/logout-requests.ts";
import { refreshFamiliesContract } from "./contract/refresh-families.ts";
import { sessionEndingsContract } from "./contract/session-endings.ts";
import { tokenClaimsContract } from "./contract/token-claims.ts";
import { trustedIssuersContract } from "./contract/trusted-issuers.ts";
import { usedAssertionsContract } from "./contract/used-assertions.ts";

/** `open` gives a migrated store without rows; every test in it makes nouns with ids of their own. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let opened: Store | undefined;
    const store = (): Store => {
      if (opened === undefined) throw new Error("The store is not open.");
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });

    describe("clients", () => clientsContract(store));
    describe("flows", () => flowsContract(store));
    describe("flows, answered", () => flowAnswersContract(store));
    describe("flows that end in tokens", () => frontChannelContract(store));
    describe("login sessions", () => loginSessionsContract(store));
    describe("sessions that end", () => sessionEndingsContract(store));
    describe("logout requests", () => logoutRequestsContract(store));
    describe("deliveries", () => deliveriesContract(store));
    describe("authorizations", () => authorizationsContract(store));
    describe("codes", () => codesContract(store));
    describe("device codes", () => deviceCodesContract(store));
    describe("access tokens", () => accessTokensContract(store));
    describe("claims of hooks", () => tokenClaimsContract(store));
    describe("refresh families", () => refreshFamiliesContract(store));
    describe("forced subjects", () => forcedSubjectsContract(store));
    describe("keys", () => keysContract(store));
    describe("trusted issuers", () => trustedIssuersContract(store));
    describe("API keys", () => apiKeysContract(store));
    describe("used assertions", () => usedAssertionsContract(store));
    describe("events", () => eventsContract(store));
    describe("imports", () => importsContract(store));
    describe("leases", () => leasesContract(store));
    describe("health", () => healthContract(store));
    // The last one: it moves days ahead, and takes the others' rows away.
    describe("cleaning", () => cleaningContract(store));
  });
}
