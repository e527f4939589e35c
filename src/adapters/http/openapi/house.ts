/** What either port serves of the server itself, for OpenAPI: health, version, metrics, stand-in pages, documentation. */
import type { JsonObject } from "../../../protocol/json.ts";
import { answer, page, query, response, schema, text } from "./words.ts";

export const houseSchemas: JsonObject = {
  Status: {
    type: "object",
    description: "All is well.",
    required: ["status"],
    properties: { status: { const: "ok" } },
  },
  Faults: {
    type: "object",
    description: "What is wrong.",
    required: ["errors"],
    properties: { errors: { type: "object", additionalProperties: { type: "string" } } },
  },
};

const refusals: JsonObject = { default: response("Refusal") };

function health(operation: string, summary: string, faults: JsonObject): JsonObject {
  return {
    get: {
      operationId: operation,
      tags: ["Server"],
      summary,
      responses: { 200: answer("It is.", schema("Status")), ...faults, ...refusals },
    },
  };
}

const notReady: JsonObject = { 503: answer("It is not, or it stops.", schema("Faults")) };

const healthPaths = (prefix: string, suffix: string): JsonObject => ({
  [`${prefix}/health/alive`]: health(`IsAlive${suffix}`, "Does the server live?", {}),
  [`${prefix}/health/ready`]: health(`IsReady${suffix}`, "Can the server serve?", notReady),
});

function standIn(operation: string, description: string): JsonObject {
  return {
    get: {
      operationId: operation,
      tags: ["Pages"],
      summary: description,
      responses: { 200: page("The page."), ...refusals },
    },
  };
}

const fallback = (path: string) => `/oauth2/fallbacks/${path}`;

export const publicHousePaths: JsonObject = {
  ...healthPaths("", ""),
  [fallback("login")]: standIn("LoginFallback", "Stands in for a login application that is not set"),
  [fallback("consent")]: standIn("ConsentFallback", "Stands in for a consent application that is not set"),
  [fallback("logout")]: standIn("LogoutFallback", "Stands in for a logout application that is not set"),
  [fallback("device")]: standIn("DeviceFallback", "Stands in for a device page that is not set"),
  [fallback("device/done")]: standIn("DeviceDoneFallback", "Says that the device is signed in"),
  [fallback("logout/callback")]: standIn("SignedOut", "Says that the user is signed out"),
  [fallback("error")]: {
    get: {
      operationId: "ErrorFallback",
      tags: ["Pages"],
      summary: "Shows an error where no error page is set",
      parameters: query({ error: text("Its code."), error_description: text("What happened.") }),
      responses: { 400: page("The page."), ...refusals },
    },
  },
};

export const adminHousePaths: JsonObject = {
  ...healthPaths("/admin", "Admin"),
  "/admin/version": {
    get: {
      operationId: "GetVersion",
      tags: ["Server"],
      summary: "Which release runs",
      responses: {
        200: answer("The release.", { type: "object", required: ["version"], properties: { version: text("It.") } }),
        401: response("Unauthorized"),
        ...refusals,
      },
    },
  },
  "/admin/metrics/prometheus": {
    get: {
      operationId: "GetMetrics",
      tags: ["Server"],
      summary: "Metrics for Prometheus",
      responses: {
        200: answer("The metrics.", { type: "string" }, "text/plain"),
        401: response("Unauthorized"),
        ...refusals,
      },
    },
  },
  "/admin/openapi.json": {
    get: {
      operationId: "GetOpenApi",
      tags: ["Server"],
      summary: "This document",
      responses: { 200: answer("OpenAPI 3.1.", { type: "object" }), 401: response("Unauthorized"), ...refusals },
    },
  },
  "/admin/docs": {
    get: {
      operationId: "GetDocs",
      tags: ["Server"],
      summary: "This document in Swagger UI, while `serve.admin.docs.enabled`",
      responses: { 200: page("The page."), 401: response("Unauthorized"), ...refusals },
    },
  },
  "/admin/docs/{file}": {
    get: {
      operationId: "GetDocsFile",
      tags: ["Server"],
      summary: "What that page is made of",
      parameters: [{ name: "file", in: "path", required: true, schema: { type: "string" } }],
      responses: {
        200: {
          description: "The file.",
          content: { "text/css": { schema: { type: "string" } }, "text/javascript": { schema: { type: "string" } } },
        },
        401: response("Unauthorized"),
        ...refusals,
      },
    },
  },
};
