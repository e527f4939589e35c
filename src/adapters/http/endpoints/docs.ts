/** `/admin/openapi.json`, and where the operator wants it Swagger UI over it: from this host alone, by a strict policy. */
import { readFile } from "node:fs/promises";
import type { Config } from "../../../config/settings.ts";
import { refuse } from "../../../protocol/errors.ts";
import { html } from "../html.ts";
import type { HttpReply, Route } from "../message.ts";
import { placeholders } from "../openapi/placeholders.ts";

export type DocsConfig = Pick<Config, "urls.self.public" | "serve.admin.docs.enabled">;

/** Files are read when they are asked for: one that nobody asks for takes no memory. */
export function docsRoutes(config: DocsConfig, version: string): Route[] {
  const document = async (): Promise<HttpReply> => {
    const written = await readFile(new URL("../../../gen/openapi.json", import.meta.url), "utf8");
    const body = written
      .replaceAll(JSON.stringify(placeholders.publicUrl), JSON.stringify(config["urls.self.public"]))
      .replace(JSON.stringify(placeholders.version), JSON.stringify(version));
    return { status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body };
  };
  return [
    { method: "GET", path: "/admin/openapi.json", endpoint: document },
    { method: "GET", path: "/admin/docs", endpoint: config["serve.admin.docs.enabled"] ? () => uiPage : off },
    {
      method: "GET",
      path: "/admin/docs/{file}",
      endpoint: config["serve.admin.docs.enabled"] ? ({ params }) => file(params.file ?? "") : off,
    },
  ];
}

const off = () => refuse("not_found", "Swagger UI is not enabled (serve.admin.docs.enabled).");

const start = `SwaggerUIBundle({ url: "/admin/openapi.json", dom_id: "#ui", deepLinking: true, validatorUrl: null });
`;

const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Tessera API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/admin/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/admin/docs/swagger-ui-bundle.js"></script>
<script src="/admin/docs/start.js"></script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The pictures of its style sheet, and an empty icon.
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const uiPage: HttpReply = {
  status: 200,
  headers: {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
  },
  body: document.text,
};

const types: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["start.js", "text/javascript; charset=utf-8"],
]);

async function file(name: string): Promise<HttpReply> {
  const type = types.get(name);
  if (type === undefined) refuse("not_found", "Swagger UI has no such file.");
  const headers = { "content-type": type, "cross-origin-resource-policy": "same-origin" };
  if (name === "start.js") return { status: 200, headers, body: start };
  const body = await readFile(new URL(`static/${name}`, import.meta.resolve("@fastify/swagger-ui/package.json")));
  return { status: 200, headers, body };
}
