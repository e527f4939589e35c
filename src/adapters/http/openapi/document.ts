/** The whole OpenAPI 3.1 document: what the contract says, with what specifications and this house serve besides. */
import type { JsonObject, JsonValue } from "../../../protocol/json.ts";
import { adminHousePaths, houseSchemas, publicHousePaths } from "./house.ts";
import { oauthPaths } from "./oauth.ts";
import { oauthSchemas } from "./oauth-schemas.ts";
import { placeholders } from "./placeholders.ts";
import { refusalResponses, refusalSchemas, sharedHeaders } from "./refusals.ts";
import { registrationPaths } from "./registration.ts";

/** The contract's share. */
export interface ContractPart {
  readonly tags: readonly JsonObject[];
  readonly paths: JsonObject;
  readonly schemas: JsonObject;
}

const description = `A headless OAuth 2 authorization server and OpenID Connect provider. The paths below \`/admin\` belong to
the admin port, and may be written without \`/admin\`; the others belong to the public port. The admin API is the REST form of
a Protobuf contract, whose services are the tags here; the same calls are served over gRPC, gRPC-Web and Connect.`;

const securitySchemes: JsonObject = {
  adminKey: {
    type: "http",
    scheme: "bearer",
    description: "A key to the admin port, where it asks for one (`serve.admin.auth.required`).",
  },
  clientSecret: { type: "http", scheme: "basic", description: "A client's id and secret (RFC 6749 §2.3.1)." },
  accessToken: { type: "http", scheme: "bearer", description: "An access token with the scope `openid`." },
  registrationToken: {
    type: "http",
    scheme: "bearer",
    description: "A client's registration access token, or an initial access token (RFC 7591, RFC 7592).",
  },
};

const tags: readonly JsonObject[] = [
  { name: "OAuth 2.0", description: "Endpoints that the specifications of OAuth own; on the public port." },
  { name: "OpenID Connect", description: "Endpoints that the specifications of OpenID own; on the public port." },
  { name: "Pages", description: "Pages that stand in for applications whose addresses are not set." },
  { name: "Server", description: "The server itself." },
];

export function wholeDocument(contract: ContractPart): JsonObject {
  const publicPaths = { ...oauthPaths, ...registrationPaths, ...publicHousePaths };
  return {
    openapi: "3.1.1",
    info: {
      title: "Tessera",
      version: placeholders.version,
      description: description.replaceAll("\n", " "),
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The admin port" }],
    security: [{ adminKey: [] }, {}],
    tags: [...contract.tags, ...tags],
    paths: { ...contract.paths, ...adminHousePaths, ...onPublicPort(publicPaths) },
    components: {
      schemas: { ...contract.schemas, ...oauthSchemas, ...houseSchemas, ...refusalSchemas },
      responses: refusalResponses,
      headers: sharedHeaders,
      securitySchemes,
    },
  };
}

function onPublicPort(paths: JsonObject): JsonObject {
  const servers: JsonValue[] = [{ url: placeholders.publicUrl, description: "The public port" }];
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, openly({ servers, ...Object(item) })]));
}

/** Nothing here asks for a key to the admin port. */
function openly(item: JsonObject): JsonObject {
  const entries = Object.entries(item).map(([name, value]): [string, JsonValue] =>
    ["get", "put", "post", "delete"].includes(name) ? [name, { security: [], ...Object(value) }] : [name, value],
  );
  return Object.fromEntries(entries);
}
