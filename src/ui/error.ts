/** What a person sees when something went wrong: what happened in plain words, and a way back. */
import { troubleOf } from "./flow-client.ts";
import { type Html, html } from "./html.ts";
import { type Frame, page } from "./layout.ts";
import { only, type Page, type PageReply, type PageRequest, redirect } from "./listener.ts";

export interface ErrorWords {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly detail?: Html;
  /** Where trying again makes sense. */
  readonly retry?: { readonly href: string; readonly label: string };
}

export function errorPage(frame: Frame, { status, title, text, detail, retry }: ErrorWords): PageReply {
  const body = html`<h1 id="error-title">${title}</h1>
<p class="lead">${text}</p>
${detail}
${retry && html`<div class="actions"><a class="button main" id="retry" href="${retry.href}">${retry.label}</a></div>`}`;
  return page({ ...frame, title, body, status });
}

export const noChallenge: ErrorWords = {
  status: 400,
  title: "There is nothing to answer here",
  text: "This page opens by itself when an application asks you to sign in. Please begin in the application.",
};

export const staleForm = (href: string): ErrorWords => ({
  status: 403,
  title: "This form is no longer good",
  text: "It was open for too long, or this browser does not keep cookies. Nothing has happened yet.",
  retry: { href, label: "Try again" },
});

const troubles: Readonly<Record<"unknown" | "expired" | "unreachable", ErrorWords>> = {
  unknown: {
    status: 404,
    title: "This link leads nowhere",
    text: "It is incomplete, or the server has never made it. Please begin again in the application.",
  },
  expired: {
    status: 410,
    title: "This sign-in took too long",
    text: "For your safety it has ended. Please go back to the application and sign in again.",
  },
  unreachable: {
    status: 503,
    title: "The server cannot be reached",
    text: "This usually passes quickly. Nothing has been lost.",
  },
};

/** What the server would not do is told to the person; anything else is a fault of ours. */
export function kindly(frame: Frame, inner: Page): Page {
  return async (request) => {
    try {
      return await inner(request);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === undefined) throw error;
      if (trouble.kind === "past") return redirect(trouble.redirectTo);
      const retry = { retry: { href: again(request), label: "Try again" } };
      return errorPage(frame, { ...troubles[trouble.kind], ...(trouble.kind === "unreachable" ? retry : {}) });
    }
  };
}

/** The page once more as it was opened; a form that was sent is opened empty. */
function again({ path, query, form }: PageRequest): string {
  const name = `${path.slice(1)}_challenge`;
  const challenge = form.get("challenge") ?? query.get(name) ?? "";
  return `${path}?${name}=${encodeURIComponent(challenge)}`;
}

const failures: ReadonlyMap<number, readonly [string, string]> = new Map([
  [403, ["This form was not ours", "It came from another website, so nothing was done with it."]],
  [404, ["There is no such page", "The address may be mistyped, or the page has moved."]],
  [405, ["This page cannot be asked for like that", "Please go back and try again."]],
  [413, ["That was too much", "The form was larger than this page can take."]],
  [415, ["This form cannot be read", "Please go back and try again."]],
]);

/** Refusals that are no page's own. */
export function failurePage(frame: Frame, status: number): PageReply {
  const [title, text] = failures.get(status) ?? ["Something went wrong", "This is our fault. Please try again later."];
  return errorPage(frame, { status, title, text });
}

/** Words for the codes that a person may meet; the rest get the general ones. */
const titles: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["access_denied", ["Access was denied", "Nothing was shared with the application."]],
  [
    "request_forbidden",
    ["This sign-in was started elsewhere", "Please begin again in the application, in this browser."],
  ],
  ["request_unauthorized", ["This sign-in took too long", "Please go back to the application and sign in again."]],
  ["invalid_client", ["This application is not known here", "Please tell the people who run it."]],
  ["temporarily_unavailable", ["The server is busy", "Please try again in a moment."]],
]);

/** `urls.error`: what the authorization server says when it may not send the browser back to the client. */
export function serverErrorPage(frame: Frame): Page {
  return ({ query }) => {
    const code = only(query, "error") ?? "unknown_error";
    const [title, text] = titles.get(code) ?? [
      "The application sent a request that cannot be answered",
      "You have done nothing wrong. Please go back to the application; if it happens again, tell the people who run it.",
    ];
    const rows = [
      ["Code", code],
      ["Description", only(query, "error_description")],
      ["Hint", only(query, "error_hint")],
    ] as const;
    const detail = html`<h2>For the developer</h2>
<dl class="facts">${rows.map(([name, value]) => (value === undefined ? html`` : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>`;
    return errorPage(frame, { status: 400, title, text, detail });
  };
}
