/** Clients that register themselves (RFC 7591, RFC 7592), for OpenAPI. */
import { paths } from "../../../protocol/endpoints.ts";
import type { JsonObject } from "../../../protocol/json.ts";
import { answer, response, schema } from "./words.ts";

const setting = "While `oidc.dynamic_client_registration.enabled`; 404 otherwise.";

const about: JsonObject = {
  tags: ["OpenID Connect"],
  description: setting,
};

const always: JsonObject = {
  401: response("Unauthorized"),
  404: response("NotFound"),
  503: response("Unavailable"),
  default: response("Refusal"),
};

const own: JsonObject = { ...about, security: [{ registrationToken: [] }] };

const body: JsonObject = {
  required: true,
  description: "What is to be registered (RFC 7591 §2).",
  content: { "application/json": { schema: schema("OAuth2ClientInput") } },
};

// What is not set is left out here, so that no member is always there.
const registered = (description: string): JsonObject =>
  answer(description, {
    type: "object",
    description: "The members of `OAuth2Client` that are set.",
    required: ["client_id"],
    properties: {
      client_id: { type: "string" },
      client_secret: { type: "string" },
      registration_access_token: { type: "string" },
      registration_client_uri: { type: "string" },
    },
  });

export const registrationPaths: JsonObject = {
  [paths.registration]: {
    post: {
      operationId: "RegisterClient",
      summary: "Register a client",
      ...about,
      security: [{ registrationToken: [] }, {}],
      requestBody: body,
      responses: {
        201: registered("The client, with its secret and the token by which it looks after itself."),
        400: response("BadRequest"),
        429: response("TooManyRequests"),
        ...always,
      },
    },
  },
  [`${paths.registration}/{id}`]: {
    parameters: [
      { name: "id", in: "path", required: true, description: "The client's id.", schema: { type: "string" } },
    ],
    get: {
      operationId: "ReadRegistration",
      summary: "Read one's own registration",
      ...own,
      responses: { 200: registered("The client."), ...always },
    },
    put: {
      operationId: "ReplaceRegistration",
      summary: "Replace one's own registration",
      ...own,
      requestBody: body,
      responses: { 200: registered("The client, with another token."), 400: response("BadRequest"), ...always },
    },
    delete: {
      operationId: "DeleteRegistration",
      summary: "Delete one's own registration",
      ...own,
      responses: { 204: { description: "The client is gone." }, ...always },
    },
  },
};
