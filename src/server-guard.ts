/** Who may call the admin port: nobody is asked, or everybody is (D23). */
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Guard } from "./adapters/http/guard.ts";
import type { AdminParts } from "./adapters/http/routes.ts";
import { scopesOf } from "./adapters/rpc/permission.ts";
import { refuseRpc } from "./adapters/rpc/refuse.ts";
import type { RpcOptions } from "./adapters/rpc/services.ts";
import type { Config } from "./config/settings.ts";
import { permit, recognize } from "./operations/admin/admit.ts";
import type { Ports } from "./ports/ports.ts";

export interface Admission {
  readonly guard: ((isRpc: (request: IncomingMessage) => boolean) => Guard) | undefined;
  readonly calls: Pick<RpcOptions, "admit">;
  readonly pages: Pick<AdminParts, "admitMetrics">;
}

export function admission(ports: Ports): Admission {
  if (!ports.config["serve.admin.auth.required"]) return { guard: undefined, calls: {}, pages: {} };
  return {
    guard: (isRpc) => ({
      recognize: (presented) => recognize(presented, ports),
      readsCertificates: clientCaOf(ports.config) !== undefined,
      isRpc,
      refuseRpc,
    }),
    calls: { admit: (call, { asker }) => permit({ call, wanted: scopesOf(call), asker }, ports) },
    pages: { admitMetrics: ({ asker }) => permit({ call: "metrics", wanted: ["read"], asker }, ports) },
  };
}

/** PEM; undefined where no client certificate is good for anything. */
export function clientCaOf(config: Config): Buffer | undefined {
  const path = config["serve.admin.tls.client_ca.path"];
  if (path !== null) return readFileSync(path);
  const text = config["serve.admin.tls.client_ca.base64"];
  return text === null ? undefined : Buffer.from(text, "base64");
}
