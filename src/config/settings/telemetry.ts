/** Being seen: the log, traces, and Hydra's switches for things this server does not do. */
import { flag, oneOf, ratio, text, url } from "./kinds.ts";
import { rows } from "./setting.ts";

const onlyOtlp = "traces leave by OTLP only: set tracing.provider to otel";

export const telemetry = rows({
  "log.level": {
    kind: oneOf("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"),
    default: "info",
    meaning: "The least weight of what is logged.",
  },
  "log.format": {
    kind: oneOf("json", "json_pretty", "text"),
    default: "text",
    meaning: "The form of log lines; `text` is for people and becomes `json` where no terminal reads.",
  },
  "log.leak_sensitive_values": {
    kind: flag,
    default: false,
    meaning: "Whether the query of a request line is logged; secrets, codes and tokens never are.",
  },
  "log.redaction_text": {
    kind: text,
    default: "[redacted]",
    meaning: "What stands in the log for a value that is not told.",
  },
  "tracing.provider": {
    kind: oneOf("otel", "jaeger", "zipkin"),
    default: null,
    meaning: "Where traces go; only otel (OTLP over HTTP) is spoken, and unset traces nothing.",
  },
  "tracing.service_name": { kind: text, default: "Tessera", meaning: "The name of this service in traces." },
  "tracing.deployment_environment": {
    kind: text,
    default: null,
    meaning: "The environment of this service in traces.",
  },
  "tracing.providers.otlp.server_url": {
    kind: text,
    default: "localhost:4318",
    meaning: "The OTLP collector: host:port, or a URL.",
  },
  "tracing.providers.otlp.insecure": {
    kind: flag,
    default: false,
    meaning: "Whether the collector is spoken to without TLS.",
  },
  "tracing.providers.otlp.sampling.sampling_ratio": {
    kind: ratio,
    default: 1,
    meaning: "The part of requests that is traced.",
  },
  "tracing.providers.otlp.authorization_header": {
    kind: text,
    default: null,
    secret: true,
    meaning: "The Authorization header of calls to the collector.",
  },
  "tracing.providers.jaeger.local_agent_address": {
    kind: text,
    default: null,
    class: "without effect",
    because: onlyOtlp,
    meaning: "Jaeger's agent.",
  },
  "tracing.providers.jaeger.sampling.server_url": {
    kind: url,
    default: null,
    class: "without effect",
    because: onlyOtlp,
    meaning: "Jaeger's sampling server.",
  },
  "tracing.providers.jaeger.sampling.trace_id_ratio": {
    kind: ratio,
    default: null,
    class: "without effect",
    because: onlyOtlp,
    meaning: "The part of requests that Jaeger traces.",
  },
  "tracing.providers.zipkin.server_url": {
    kind: url,
    default: null,
    class: "without effect",
    because: onlyOtlp,
    meaning: "Zipkin's collector.",
  },
  "tracing.providers.zipkin.sampling.sampling_ratio": {
    kind: ratio,
    default: null,
    class: "without effect",
    because: onlyOtlp,
    meaning: "The part of requests that Zipkin traces.",
  },
});

const notHere = "it concerns Hydra's own program";

export const inherited = rows({
  version: {
    kind: text,
    default: null,
    class: "without effect",
    because: notHere,
    meaning: "The version of Hydra for which the file was written.",
  },
  "db.ignore_unknown_table_columns": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "columns are listed by name, so unknown ones never matter",
    meaning: "Whether unknown columns are tolerated.",
  },
  profiling: {
    kind: oneOf("cpu", "mem"),
    default: null,
    class: "without effect",
    because: notHere,
    meaning: "What Go's profiler writes down.",
  },
  "sqa.opt_out": {
    kind: flag,
    default: false,
    class: "without effect",
    because: "this server never reports its use to anybody",
    meaning: "Whether usage reports are off.",
  },
  "cgroups.v1.auto_max_procs_enabled": {
    kind: flag,
    default: false,
    class: "without effect",
    because: notHere,
    meaning: "Whether Go's processors follow the control group.",
  },
  "feature_flags.legacy_allow_insecure_origins": {
    kind: flag,
    default: false,
    class: "without effect",
    because: notHere,
    meaning: "Whether loose wildcards of origins are honoured.",
  },
});
