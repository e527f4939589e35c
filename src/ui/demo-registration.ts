/** Makes the demo client known to the server, through the contract that administrators use. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ClientService } from "../gen/tessera/admin/v1/client_service_pb.js";
import { demoScope } from "./demo-client.ts";
import { bearing } from "./flow-client.ts";

export interface DemoRegistration {
  readonly adminUrl: string;
  readonly apiKey?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  /** Where a user comes back to who has signed out. */
  readonly homeUri: string;
}

/** Creates the client, or gives the one of an earlier start today's secret and address. */
export async function registerDemoClient(registration: DemoRegistration): Promise<void> {
  const { adminUrl, apiKey, clientId, clientSecret, redirectUri, homeUri } = registration;
  const transport = createConnectTransport({
    ...{ baseUrl: adminUrl, httpVersion: "1.1", defaultTimeoutMs: 10_000 },
    interceptors: bearing(apiKey),
  });
  const clients = createClient(ClientService, transport);
  const client = {
    clientId,
    clientSecret,
    clientName: "Demo client",
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [`${homeUri}/`],
    initiateLoginUri: `${homeUri}/login`,
    grantTypes: ["authorization_code", "refresh_token"],
    responseTypes: ["code"],
    scope: demoScope,
    tokenEndpointAuthMethod: "client_secret_post",
  };
  try {
    await clients.replaceClient({ clientId, client });
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.NotFound) throw error;
    await clients.createClient({ client });
  }
}
