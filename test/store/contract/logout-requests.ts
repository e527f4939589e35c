/** LogoutRequestStore: what a browser asked on its way out, and what the user answered. */
import { expect, test } from "vitest";
import { after, aLogoutRequest, anId } from "../../support/nouns.ts";
import { anEnding, type StoreOf } from "./world.ts";

export function logoutRequestsContract(store: StoreOf): void {
  const begun = async (over: Parameters<typeof aLogoutRequest>[0] = {}) => {
    const request = aLogoutRequest(over);
    await store().logoutRequests.begin(request);
    return request;
  };

  test("a logout is found as it was asked", async () => {
    const wish = {
      requestUrl: "https://id.example/oauth2/sessions/logout?state=ü&id_token_hint=e30",
      ...{ redirectUri: "https://printer.example/bye", state: '"ü" & more', rpInitiated: true, skip: true },
      ...{ logoutHint: "anna@example", uiLocales: ["de"] },
    };
    const request = await begun({ clientId: "printer", wish });
    expect(await store().logoutRequests.find(request.id)).toEqual(request);
    const bare = await begun();
    expect(await store().logoutRequests.find(bare.id)).toEqual(bare);
    expect(await store().logoutRequests.find(anId())).toBeUndefined();
  });

  test("the last answer counts, until it has expired", async () => {
    const request = await begun();
    expect(await store().logoutRequests.answer(request.id, "accepted", after(10))).toBe(true);
    expect(await store().logoutRequests.answer(request.id, "rejected", after(20))).toBe(true);
    expect((await store().logoutRequests.find(request.id))?.state).toBe("rejected");
    expect(await store().logoutRequests.answer(request.id, "accepted", request.expiresAt)).toBe(false);
    expect(await store().logoutRequests.answer(anId(), "accepted", after(10))).toBe(false);
  });

  test("a logout that is done is answered no more", async () => {
    const request = await begun({ state: "accepted" });
    await store().loginSessions.end(anEnding([], { logoutId: request.id }));
    expect((await store().logoutRequests.find(request.id))?.state).toBe("done");
    expect(await store().logoutRequests.answer(request.id, "rejected", after(20))).toBe(false);
  });
}
