/** TLS of each port: what it does not say itself it takes from serve.tls; a named key or certificate switches it on. */
import type { Judgement } from "../judgement.ts";
import type { Config, Settings } from "../settings.ts";

type Port = "serve.public" | "serve.admin";
type Part = "enabled" | "key.path" | "key.base64" | "cert.path" | "cert.base64";

export type PortTls = Pick<Config, `${Port}.tls.${Part}`>;

export function deriveTls(parsed: Settings, judgement: Judgement): PortTls {
  const ofPublic = inherited(parsed, "serve.public");
  const ofAdmin = inherited(parsed, "serve.admin");
  requireCertificate("serve.public", ofPublic, judgement);
  requireCertificate("serve.admin", ofAdmin, judgement);
  return {
    "serve.public.tls.enabled": ofPublic.enabled,
    "serve.public.tls.key.path": ofPublic.keyPath,
    "serve.public.tls.key.base64": ofPublic.keyBase64,
    "serve.public.tls.cert.path": ofPublic.certPath,
    "serve.public.tls.cert.base64": ofPublic.certBase64,
    "serve.admin.tls.enabled": ofAdmin.enabled,
    "serve.admin.tls.key.path": ofAdmin.keyPath,
    "serve.admin.tls.key.base64": ofAdmin.keyBase64,
    "serve.admin.tls.cert.path": ofAdmin.certPath,
    "serve.admin.tls.cert.base64": ofAdmin.certBase64,
  };
}

interface Tls {
  readonly enabled: boolean;
  readonly keyPath: string | null;
  readonly keyBase64: string | null;
  readonly certPath: string | null;
  readonly certBase64: string | null;
}

/** A port's own key or certificate is taken whole: its path never meets the other's base64. */
function inherited(parsed: Settings, port: Port): Tls {
  const ownKey = parsed[`${port}.tls.key.path`] !== null || parsed[`${port}.tls.key.base64`] !== null;
  const ownCert = parsed[`${port}.tls.cert.path`] !== null || parsed[`${port}.tls.cert.base64`] !== null;
  const keyFrom = ownKey ? port : "serve";
  const certFrom = ownCert ? port : "serve";
  const material = {
    keyPath: parsed[`${keyFrom}.tls.key.path`],
    keyBase64: parsed[`${keyFrom}.tls.key.base64`],
    certPath: parsed[`${certFrom}.tls.cert.path`],
    certBase64: parsed[`${certFrom}.tls.cert.base64`],
  };
  const named = Object.values(material).some((part) => part !== null);
  return { ...material, enabled: parsed[`${port}.tls.enabled`] ?? parsed["serve.tls.enabled"] ?? named };
}

function requireCertificate(port: Port, tls: Tls, judgement: Judgement): void {
  if (!tls.enabled) return;
  if (tls.keyPath === null && tls.keyBase64 === null) {
    judgement.refuse(`${port}.tls.key.path`, "required when TLS is enabled (or key.base64, or serve.tls.key.*)");
  }
  if (tls.certPath === null && tls.certBase64 === null) {
    judgement.refuse(`${port}.tls.cert.path`, "required when TLS is enabled (or cert.base64, or serve.tls.cert.*)");
  }
}
