/** The endpoints of OAuth and OpenID Connect for OpenAPI, described once by hand: specifications own them, no contract. */
import { paths } from "../../../protocol/endpoints.ts";
import type { JsonObject } from "../../../protocol/json.ts";
import { authorizationParameters, logoutParameters } from "./oauth-schemas.ts";
import { answer, form, page, query, redirect, response, schema, text } from "./words.ts";

const always: JsonObject = { 503: response("Unavailable"), default: response("Refusal") };
const asClient: JsonObject = { 400: response("BadRequest"), 401: response("Unauthorized"), ...always };
const clientSecurity = [{ clientSecret: [] }, {}];

const authorize: JsonObject = {
  tags: ["OAuth 2.0"],
  description:
    "Begins a sign-in, or goes on with one: the browser is sent to the login application, to the consent application, and " +
    "to the client with the answer (RFC 6749 §3.1, OpenID Connect Core §3.1.2).",
  responses: {
    200: page("The answer as a form that posts itself to the client (`response_mode=form_post`)."),
    302: redirect("To the login or consent application."),
    303: redirect("To the client, with the answer or an error."),
    400: page("An error that cannot be told to a client."),
    ...always,
  },
};

const logout: JsonObject = {
  tags: ["OpenID Connect"],
  description:
    "Signs the user out, after asking where no ID token proves that a client may (OIDC RP-Initiated Logout).",
  responses: {
    200: page("Signs out of clients in frames, then goes on."),
    302: redirect("To the logout application, or back."),
    303: redirect("The same after a POST."),
    400: page("An error that cannot be told to a client."),
    ...always,
  },
};

const userinfo: JsonObject = {
  tags: ["OpenID Connect"],
  description: "Claims of the user whose access token it is (OpenID Connect Core §5.3).",
  security: [{ accessToken: [] }],
  responses: {
    200: {
      description: "The claims; as a JWT where the client is registered for that.",
      content: {
        "application/json": { schema: schema("Claims") },
        "application/jwt": { schema: { type: "string" } },
      },
    },
    400: response("BadRequest"),
    401: response("Unauthorized"),
    403: response("Forbidden"),
    ...always,
  },
};

const document = (summary: string, name: string): JsonObject => ({
  tags: ["OpenID Connect"],
  summary,
  responses: { 200: answer("The document; it may be kept for five minutes.", schema(name)), ...always },
});

/** By path, then by method in lower case. */
export const oauthPaths: JsonObject = {
  [paths.authorization]: {
    get: {
      operationId: "Authorize",
      summary: "Authorization endpoint",
      ...authorize,
      parameters: query(authorizationParameters),
    },
    post: {
      operationId: "AuthorizeByForm",
      summary: "Authorization endpoint, by a posted form",
      ...authorize,
      requestBody: form("AuthorizationParameters"),
    },
  },
  [paths.token]: {
    post: {
      operationId: "ExchangeToken",
      tags: ["OAuth 2.0"],
      summary: "Token endpoint",
      description: "Tokens for a grant (RFC 6749 §3.2).",
      security: clientSecurity,
      requestBody: form("TokenParameters"),
      responses: { 200: answer("The tokens.", schema("Tokens")), 403: response("Forbidden"), ...asClient },
    },
  },
  [paths.revocation]: {
    post: {
      operationId: "RevokeToken",
      tags: ["OAuth 2.0"],
      summary: "Token revocation",
      description: "Ends a token, and with a refresh token all that hangs from it (RFC 7009).",
      security: clientSecurity,
      requestBody: form("RevocationParameters"),
      responses: { 200: { description: "The token is dead, or never was one." }, ...asClient },
    },
  },
  [paths.deviceAuthorization]: {
    post: {
      operationId: "AuthorizeDevice",
      tags: ["OAuth 2.0"],
      summary: "Device authorization endpoint",
      description: "A device asks to be let in (RFC 8628 §3.1).",
      security: clientSecurity,
      requestBody: form("DeviceParameters"),
      responses: { 200: answer("The codes.", schema("DeviceCodes")), ...asClient },
    },
  },
  [paths.deviceVerification]: {
    get: {
      operationId: "VerifyDevice",
      tags: ["OAuth 2.0"],
      summary: "Device verification, for browsers",
      description: "Where the user enters the code of a device (RFC 8628 §3.3).",
      parameters: query({ user_code: text("The code, where the link has it.") }),
      responses: { 302: redirect("To the device, login or consent application."), 400: page("An error."), ...always },
    },
  },
  [paths.endSession]: {
    get: { operationId: "EndSession", summary: "Logout", ...logout, parameters: query(logoutParameters) },
    post: {
      operationId: "EndSessionByForm",
      summary: "Logout, by a posted form",
      ...logout,
      requestBody: { ...form("LogoutParameters"), required: false },
    },
  },
  [paths.userinfo]: {
    get: { operationId: "GetUserinfo", summary: "Claims of the user", ...userinfo },
    post: { operationId: "GetUserinfoByPost", summary: "Claims of the user, by POST", ...userinfo },
  },
  [paths.checkSession]: {
    get: {
      operationId: "CheckSession",
      tags: ["OpenID Connect"],
      summary: "The frame that tells whether the user is still signed in",
      description: "OpenID Connect Session Management 1.0 §3.2, while `oidc.session_management.enabled`.",
      responses: { 200: page("The page."), ...always },
    },
  },
  [paths.jwks]: { get: { operationId: "GetPublicKeys", ...document("Public keys", "JsonWebKeySet") } },
  [paths.openidConfiguration]: {
    get: { operationId: "GetOpenIdConfiguration", ...document("Discovery", "Discovery") },
  },
  [paths.authorizationServer]: {
    get: { operationId: "GetAuthorizationServer", ...document("Discovery, by its other name (RFC 8414)", "Discovery") },
  },
};
