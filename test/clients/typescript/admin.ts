/** An administrator's work with the client that the package brings: `node admin.ts ADMIN_URL` prints what it found as JSON. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ClientService } from "tessera/admin/v1/client_service";
import { KeyService } from "tessera/admin/v1/key_service";
import { TokenService } from "tessera/admin/v1/token_service";

const transport = createGrpcTransport({ baseUrl: process.argv[2] ?? "http://127.0.0.1:4445" });
const clients = createClient(ClientService, transport);
const tokens = createClient(TokenService, transport);
const keys = createClient(KeyService, transport);

const created = await clients.createClient({
  client: { clientName: "A photo printer", grantTypes: ["client_credentials"], scope: "photos.read" },
});
const clientId = created.client?.clientId ?? "";
const listed = await clients.listClients({ clientName: "A photo printer" });
const rotated = await clients.rotateClientSecret({ clientId });
const inactive = await tokens.introspectToken({ token: "nobody's" });
const made = await keys.createKeySet({ set: "printer", alg: "ES256", use: "sig" });
await clients.deleteClient({ clientId });
const gone = await clients.getClient({ clientId }).then(
  () => "still there",
  (error: unknown) => Code[ConnectError.from(error).code],
);

process.stdout.write(
  JSON.stringify({
    listed: listed.clients.map((client) => client.clientId === clientId),
    secrets: created.client?.clientSecret !== rotated.client?.clientSecret,
    active: inactive.active,
    keys: made.keys.map(({ kty, alg }) => [kty, alg]),
    gone,
  }),
);
