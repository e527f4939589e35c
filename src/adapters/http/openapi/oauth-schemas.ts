/** What clients send to the endpoints of OAuth and OpenID Connect, and what they are answered: for OpenAPI. */
import type { JsonObject } from "../../../protocol/json.ts";
import { flag, list, object, text, whole } from "./words.ts";

export const authorizationParameters: JsonObject = {
  client_id: text("The client; required."),
  response_type: text("`code`, or what else the client is registered for; required."),
  redirect_uri: text("One of the client's redirect URIs, to the letter; may be left out where it has one only."),
  scope: text("The wanted scopes, separated by spaces."),
  state: text("Comes back with the answer; at least 8 characters."),
  nonce: text("Comes back in the ID token; at least 8 characters."),
  code_challenge: text("RFC 7636: required of public clients."),
  code_challenge_method: text("`S256`."),
  response_mode: text("`query`, `fragment` or `form_post`."),
  audience: text("The wanted audiences, separated by spaces."),
  resource: text("RFC 8707: a wanted audience."),
  prompt: text("`none`, `login`, `consent`, `select_account` or `registration`."),
  max_age: text("How many seconds ago the user may have signed in at most."),
  login_hint: text("What the user may sign in with."),
  id_token_hint: text("An ID token of the user who is expected."),
  acr_values: text("Wanted authentication context classes, the best first."),
  ui_locales: text("Languages the user prefers, the best first."),
  claims_locales: text("Languages in which claims are wanted, the best first."),
  display: text("`page`, `popup`, `touch` or `wap`."),
  claims: text("OpenID Connect Core §5.5, a JSON object."),
  request: text("RFC 9101: all of this in a signed JWT."),
  request_uri: text("RFC 9101: where that JWT is."),
  registration: text("Refused: OpenID Connect Core §7 is not supported."),
};

const clientAuthentication: JsonObject = {
  client_id: text("The client, where it does not say so in the Authorization header."),
  client_secret: text("Its secret, where it authenticates with `client_secret_post`."),
  client_assertion_type: text("`urn:ietf:params:oauth:client-assertion-type:jwt-bearer` (RFC 7523 §2.2)."),
  client_assertion: text("Its JWT, where it authenticates with `private_key_jwt` or `client_secret_jwt`."),
};

export const logoutParameters: JsonObject = {
  id_token_hint: text("An ID token of the user: without one the user is asked."),
  post_logout_redirect_uri: text("Where to go afterwards: one of the client's, to the letter."),
  state: text("Comes back there."),
  client_id: text("The client, where no ID token says so."),
  logout_hint: text("Who is to be signed out."),
  ui_locales: text("Languages the user prefers, the best first."),
};

export const oauthSchemas: JsonObject = {
  AuthorizationParameters: object("An authorization request (RFC 6749 §4.1.1).", authorizationParameters),
  LogoutParameters: object("A request to sign out (OIDC RP-Initiated Logout §2).", logoutParameters),
  TokenParameters: object(
    "A token request (RFC 6749 §3.2).",
    {
      grant_type: text("Which grant: discovery lists them."),
      code: text("The authorization code."),
      redirect_uri: text("As in the authorization request."),
      code_verifier: text("RFC 7636."),
      refresh_token: text("The refresh token."),
      device_code: text("The device code (RFC 8628)."),
      assertion: text("The JWT of a trusted issuer (RFC 7523)."),
      scope: text("The wanted scopes, separated by spaces."),
      audience: text("The wanted audiences, separated by spaces."),
      resource: text("RFC 8707: a wanted audience."),
      ...clientAuthentication,
    },
    ["grant_type"],
  ),
  Tokens: object(
    "The tokens (RFC 6749 §5.1).",
    {
      access_token: text("For the resource servers."),
      expires_in: whole("For how many seconds it is good."),
      id_token: text("Who the user is (OpenID Connect Core §2)."),
      refresh_token: text("For the next tokens; each is good once."),
      scope: text("What was granted."),
      token_type: text("`bearer`."),
    },
    ["access_token", "expires_in", "scope", "token_type"],
  ),
  RevocationParameters: object(
    "A token that is not wanted any more (RFC 7009 §2.1).",
    {
      token: text("An access or refresh token of this client."),
      token_type_hint: text("`access_token` or `refresh_token`: a hint that this server does not need."),
      ...clientAuthentication,
    },
    ["token"],
  ),
  DeviceParameters: object("A device that wants to be let in (RFC 8628 §3.1).", {
    scope: text("The wanted scopes, separated by spaces."),
    audience: text("The wanted audiences, separated by spaces."),
    ...clientAuthentication,
  }),
  DeviceCodes: object(
    "How the device goes on (RFC 8628 §3.2).",
    {
      device_code: text("For the token endpoint."),
      user_code: text("For the user to type."),
      verification_uri: text("Where."),
      verification_uri_complete: text("The same with the code in it."),
      expires_in: whole("For how many seconds the codes are good."),
      interval: whole("How many seconds the device waits between two questions."),
    },
    ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"],
  ),
  Claims: object("Claims of the user (OpenID Connect Core §5.3.2).", { sub: text("The user.") }, ["sub"]),
  JsonWebKeySet: object(
    "Public keys (RFC 7517 §5).",
    { keys: { type: "array", items: { type: "object" }, description: "The keys." } },
    ["keys"],
  ),
  Discovery: object(
    "What this server can do (RFC 8414 §2); these members and more.",
    {
      issuer: text("The `iss` of all its tokens."),
      authorization_endpoint: text("Where browsers begin."),
      token_endpoint: text("Where clients get tokens."),
      jwks_uri: text("Where the public keys are."),
      grant_types_supported: list("The grants."),
      response_types_supported: list("The response types."),
      claims_parameter_supported: flag("Whether single claims can be asked for."),
    },
    ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"],
  ),
};
