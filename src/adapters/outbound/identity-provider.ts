/** Ends sessions at the identity provider behind the login application, as Ory Kratos is asked to. */
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Outbound } from "../../ports/ports.ts";
import { below } from "../../protocol/endpoints.ts";
import { inSpan } from "../telemetry/span.ts";

// Imported as a module, `node:http` hands out its WebSocket too, and loads 14 MB of undici for it.
const { request: httpRequest } = process.getBuiltinModule("node:http");

export interface IdentityProvider {
  /** Its admin API (`urls.identity_provider.url`); null: there is none. */
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly milliseconds?: number;
}

/** The address is the operator's own: it is called as it stands, but nobody waits long, and no redirect is followed. */
export function identityProvider(provider: IdentityProvider): Pick<Outbound, "endIdentityProviderSession"> {
  const { url, headers, milliseconds = 3000 } = provider;
  return {
    endIdentityProviderSession: (id) =>
      inSpan("outbound", "end_identity_provider_session", async () => {
        if (url === null) throw new Error("No identity provider is configured.");
        const target = new URL(below(url, `/admin/sessions/${encodeURIComponent(id)}`));
        const { statusCode = 0 } = await ask(target, headers, AbortSignal.timeout(milliseconds));
        // It does not know the session: then there is nothing left to end.
        if (statusCode >= 300 && statusCode !== 404) throw new Error(`The identity provider answered ${statusCode}.`);
      }),
  };
}

function ask(url: URL, headers: IdentityProvider["headers"], signal: AbortSignal): Promise<IncomingMessage> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = start(url, {
      agent: false,
      method: "DELETE",
      headers: { ...headers, "user-agent": "tessera" },
      signal,
    });
    sent.on("response", (response) => {
      response.destroy();
      resolve(response);
    });
    sent.on("error", reject);
    sent.end();
  });
}
