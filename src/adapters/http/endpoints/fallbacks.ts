/** Pages that stand in for applications whose addresses are not set, at Hydra's paths. */
import { parseParameters } from "../../../protocol/parameters.ts";
import { legalText } from "../errors.ts";
import type { Endpoint, Route } from "../message.ts";
import { errorPage, fallbackPage, signedOutPage } from "../pages.ts";

const pages: ReadonlyArray<readonly [path: string, what: string, setting: string]> = [
  ["login", "login", "urls.login"],
  ["consent", "consent", "urls.consent"],
  ["logout", "logout", "urls.logout"],
  ["device", "device verification", "urls.device.verification"],
  ["device/done", "device success", "urls.device.success"],
];

export function fallbackRoutes(): Route[] {
  return [
    ...pages.map(([path, what, setting]) => fallback(path, () => fallbackPage(what, setting))),
    fallback("logout/callback", () => signedOutPage("urls.post_logout_redirect")),
    fallback("error", tellError),
  ];
}

function fallback(path: string, endpoint: Endpoint): Route {
  return { method: "GET", path: `/oauth2/fallbacks/${path}`, endpoint };
}

// Hydra answers 500 here; the page succeeds in showing what it was asked to, and a caller causes no 5xx (D34).
const tellError: Endpoint = ({ query }) => {
  const told = parseParameters(query);
  const error = legalText(told.get("error") ?? "invalid_request").slice(0, 100);
  const description = legalText(told.get("error_description") ?? "No description was given.").slice(0, 1000);
  return errorPage({ status: 400, error, description });
};
