/** The two ports: where they listen, TLS, CORS, whose word is believed about the caller. */
import { adminScopes } from "../../protocol/api-key.ts";
import { baseUrl, flag, integer, listOf, network, oneOf, port, text } from "./kinds.ts";
import { prefixed, rows } from "./setting.ts";

const tls = rows({
  "tls.enabled": {
    kind: flag,
    default: null,
    meaning: "Whether this port speaks TLS; unset: when a key or certificate is named.",
  },
  "tls.key.path": { kind: text, default: null, meaning: "The file of the private key (PEM)." },
  "tls.key.base64": { kind: text, default: null, secret: true, meaning: "The private key itself (PEM in base64)." },
  "tls.cert.path": { kind: text, default: null, meaning: "The file of the certificate chain (PEM)." },
  "tls.cert.base64": { kind: text, default: null, meaning: "The certificate chain itself (PEM in base64)." },
  "tls.allow_termination_from": {
    kind: listOf(network),
    default: null,
    class: "without effect",
    because: "behind a proxy that ends TLS, leave TLS off and set an https urls.self.issuer",
    meaning: "Networks of proxies that end TLS.",
  },
});

const onlyMode = "a unix socket belongs to the user of the process; only its mode is set";

const cors = rows({
  "cors.enabled": {
    kind: flag,
    default: false,
    meaning: "Whether browsers of other origins may call this port.",
  },
  "cors.allowed_origins": {
    kind: listOf(text),
    default: [],
    meaning: "Origins that may call, each with at most one `*`; an empty list means every origin.",
  },
  "cors.allowed_methods": {
    kind: listOf(text),
    default: ["POST", "GET", "PUT", "PATCH", "DELETE", "CONNECT", "HEAD", "OPTIONS", "TRACE"],
    meaning: "Methods that other origins may use.",
  },
  "cors.allowed_headers": {
    kind: listOf(text),
    default: ["Accept", "Content-Type", "Content-Length", "Accept-Language", "Content-Language", "Authorization"],
    meaning: "Request headers that other origins may send.",
  },
  "cors.exposed_headers": {
    kind: listOf(text),
    default: [
      "Cache-Control",
      "Expires",
      "Last-Modified",
      "Pragma",
      "Content-Length",
      "Content-Language",
      "Content-Type",
    ],
    meaning: "Response headers that scripts of other origins may read.",
  },
  "cors.allow_credentials": {
    kind: flag,
    default: true,
    meaning: "Whether calls of other origins may carry cookies.",
  },
  "cors.options_passthrough": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "no endpoint of this server answers OPTIONS itself",
    meaning: "Whether preflights are handed on to the endpoint.",
  },
  "cors.max_age": {
    kind: integer(0),
    default: 0,
    unit: "seconds",
    meaning: "How long a browser may remember a preflight.",
  },
  "cors.debug": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "log.level debug shows the request",
    meaning: "Whether each decision about an origin is logged.",
  },
});

const listener = rows({
  base_url: { kind: baseUrl, default: null, meaning: "The URL under which this port is reached from outside." },
  "request_log.disable_for_health": {
    kind: flag,
    default: false,
    meaning: "Whether calls of health and metrics leave no request line in the log.",
  },
  "socket.owner": {
    kind: text,
    default: "",
    class: "without effect",
    because: onlyMode,
    meaning: "The owner of the unix socket.",
  },
  "socket.group": {
    kind: text,
    default: "",
    class: "without effect",
    because: onlyMode,
    meaning: "The group of the unix socket.",
  },
  "socket.mode": { kind: integer(0, 511), default: 493, meaning: "The mode of the unix socket, as a decimal number." },
  ...cors,
  ...tls,
});

const trustedProxies = {
  kind: listOf(network),
  default: [],
  meaning: "Proxies whose X-Forwarded-For is believed; of all others the peer's address counts.",
} as const;

export const serve = rows({
  ...prefixed("serve.public.", {
    host: { kind: text, default: "0.0.0.0", meaning: "The interface, or `unix:<path>`, of the public port." },
    port: { kind: port, default: 4444, meaning: "The port of browsers and clients." },
    trusted_proxies: trustedProxies,
    ...listener,
  }),
  ...prefixed("serve.admin.", {
    // D23: Hydra listens everywhere, and whoever reaches this port may do everything.
    host: { kind: text, default: "127.0.0.1", meaning: "The interface, or `unix:<path>`, of the admin port." },
    port: { kind: port, default: 4445, meaning: "The port of the admin API." },
    "docs.enabled": {
      kind: flag,
      default: null,
      meaning:
        "Whether Swagger UI shows the API at /admin/docs; unset: in development mode only. /admin/openapi.json is always there.",
    },
    "auth.required": {
      kind: flag,
      default: null,
      meaning:
        "Whether the admin port asks for an API key or a client certificate; unset: when tls.client_ca is named. Else whoever reaches it may do everything.",
    },
    "auth.certificate_scope": {
      kind: listOf(oneOf(...adminScopes)),
      default: ["admin"],
      meaning: "What client certificates open: read, flow or admin.",
    },
    "tls.client_ca.path": {
      kind: text,
      default: null,
      meaning: "The file of the authorities (PEM) whose client certificates open the admin port.",
    },
    "tls.client_ca.base64": {
      kind: text,
      default: null,
      meaning: "The authorities themselves (PEM in base64).",
    },
    trusted_proxies: {
      ...trustedProxies,
      class: "without effect",
      because: "nothing depends on the caller's address here",
    },
    ...listener,
  }),
  ...prefixed("serve.", tls),
});
