/** What the suite's browser does: which page it may meet after which request, and what it types and clicks there. */
import { person } from "./person.ts";

export interface Places {
  readonly app: string;
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly endSessionEndpoint: string;
}

/** Of a page that a person shall judge, the first words that show that it is the right one. */
const words = { error: "(?i)error", loggedOut: "(?is)(logged|signed)[ -]?out|log ?out .{0,60}succe" };

/** What there is to do on a page. */
function tasksAt({ app, issuer }: Places) {
  const captureMaybe = "update-image-placeholder-optional";
  const typing = [
    ["text", "id", "email", person.email],
    ["text", "id", "password", person.password],
    ["click", "id", "remember"],
    ["click", "id", "accept"],
  ];
  const seen = (pattern: string, capture: string) => [["wait", "xpath", "//*", 10, pattern, capture]];
  const shown = ["wait", "id", "title", 10, ".*"];
  const atLogin = { optional: true, match: `${app}/login*` };

  const done = { task: "Back at the client", match: "*/test/*", commands: [["wait", "id", "submission_complete", 10]] };

  return {
    done,
    login: { task: "Login", ...atLogin, commands: typing },
    captured: { task: "Login, the page captured", ...atLogin, commands: [[...shown, captureMaybe], ...typing] },
    client: {
      task: "The page shows the client",
      match: `${app}/login*`,
      commands: [[...shown, "update-image-placeholder"]],
    },
    maybeDone: { ...done, optional: true },
    maybeError: {
      task: "Error page",
      optional: true,
      match: `${issuer}*`,
      commands: seen(words.error, captureMaybe),
    },
    error: { task: "Error page", match: "*", commands: seen(words.error, "update-image-placeholder") },
    loggedOut: { task: "Logged out", match: "*", commands: seen(words.loggedOut, "update-image-placeholder") },
    afterLogout: { task: "Back at the client", match: "*/test/*" },
    watched: {
      task: "The session frame",
      match: "*/test/*",
      commands: [["wait", "contains", "session_result", 20]],
    },
  };
}

export function browserSteps(places: Places) {
  const { login, captured, client, done, maybeDone, maybeError, error, loggedOut, afterLogout, watched } =
    tasksAt(places);
  const authorizing = (...tasks: readonly object[]) => ({ match: `${places.authorizationEndpoint}*`, tasks });
  const ending = (...tasks: readonly object[]) => ({ match: `${places.endSessionEndpoint}*`, tasks });
  const usual = [authorizing(login, done), ending(afterLogout)];
  const of = (modules: readonly string[], browser: readonly object[]) =>
    modules.map((name) => [`oidcc-${name}`, { browser }] as const);

  return {
    browser: usual,
    override: Object.fromEntries([
      ...of(["prompt-login", "max-age-1"], [authorizing(captured, done)]),
      ...of(mayBeRefused, [authorizing(login, maybeError, maybeDone)]),
      ...of(["registration-logo-uri", "registration-policy-uri", "registration-tos-uri"], [authorizing(client)]),
      ...of(refusedToThePerson, [authorizing(error)]),
      ...of(refusedLogouts, [authorizing(login, done), ending(error)]),
      ...of(logoutsThatStay, [authorizing(login, done), ending(loggedOut)]),
      ...of(["session-management-rp-initiated-logout"], [...usual, { match: "*session_verify*", tasks: [watched] }]),
    ]),
  };
}

const mayBeRefused = [
  "response-type-missing",
  "ensure-request-without-nonce-fails",
  "ensure-request-object-with-redirect-uri",
  "unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
  "request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
];

const refusedToThePerson = [
  "ensure-registered-redirect-uri",
  "ensure-redirect-uri-in-authorization-request",
  "redirect-uri-query-mismatch",
  "redirect-uri-query-added",
];

const refusedLogouts = ["bad-post-logout-redirect-uri", "query-added-to-post-logout-redirect-uri"]
  .concat(["modified-id-token-hint", "bad-id-token-hint", "no-id-token-hint"])
  .map((name) => `rp-initiated-logout-${name}`);

const logoutsThatStay = ["no-params", "no-post-logout-redirect-uri", "only-state"].map(
  (name) => `rp-initiated-logout-${name}`,
);
