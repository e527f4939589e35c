/** The frame that every page stands in, and the two files it needs. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Html, html } from "./html.ts";
import type { Page, PageReply } from "./listener.ts";

const style = readFileSync(new URL("./style.css", import.meta.url), "utf8");

// Named by its content, so that a browser may keep it for ever and still sees a new one at once.
const stylePath = `/style.${createHash("sha256").update(style).digest("hex").slice(0, 12)}.css`;

const tiles = html`<rect x="2" y="2" width="13" height="13" rx="2.5" class="tile" fill="#24211c" />
<rect x="17" y="2" width="13" height="13" rx="2.5" class="tile-accent" fill="#a63f24" />
<rect x="2" y="17" width="13" height="13" rx="2.5" class="tile-accent" fill="#a63f24" />
<rect x="17" y="17" width="13" height="13" rx="6.5" class="tile" fill="#24211c" />`;

// Two greys that show on a light and a dark tab alike.
const icon = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${tiles}</svg>`.markup.replaceAll(
  "#24211c",
  "#8f887b",
);

/** Whose page it is: the frame looks different for the server and for an application. */
export interface Frame {
  readonly house: "server" | "demo";
  readonly brand: string;
  readonly footer: string;
}

export interface Layout extends Frame {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  readonly wide?: boolean;
  readonly setCookie?: string | undefined;
}

export function page({ house, title, brand, footer, body, status = 200, wide = false, setCookie }: Layout): PageReply {
  const document = html`<!doctype html>
<html lang="en" class="${house}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${stylePath}">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<header class="brand">
<svg viewBox="0 0 32 32" aria-hidden="true">${tiles}</svg>
<span>${brand}</span>
</header>
<main class="${wide ? "wide" : "narrow"}">
${body}
</main>
<footer>${footer}</footer>
</body>
</html>
`;
  const headers: Record<string, string> = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  if (setCookie !== undefined) headers["set-cookie"] = setCookie;
  return { status, headers, body: document.markup };
}

/** What the frame links to. */
export const layoutFiles: ReadonlyArray<readonly [string, Page]> = [
  [`GET ${stylePath}`, () => file("text/css; charset=utf-8", style, "public, max-age=31536000, immutable")],
  ["GET /icon.svg", () => file("image/svg+xml", icon, "public, max-age=86400")],
];

function file(type: string, body: string, cacheControl: string): PageReply {
  return { status: 200, headers: { "content-type": type, "cache-control": cacheControl }, body };
}
