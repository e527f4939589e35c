/** `tessera.admin.v1.TrustService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { TrustedIssuerSchema, TrustService } from "../../gen/tessera/admin/v1/trust_service_pb.js";
import type {
  distrustIssuer,
  getTrustedIssuer,
  listTrustedIssuers,
  trustIssuer,
} from "../../operations/grants/trusted-issuers.ts";
import type { Ports } from "../../ports/ports.ts";
import type { TrustedIssuer } from "../../protocol/trusted-issuer.ts";
import type { Methods } from "./call.ts";

export interface TrustOperations {
  readonly trustIssuer: typeof trustIssuer;
  readonly listTrustedIssuers: typeof listTrustedIssuers;
  readonly getTrustedIssuer: typeof getTrustedIssuer;
  readonly distrustIssuer: typeof distrustIssuer;
}

export function trustService(operations: TrustOperations, ports: Ports): Methods<typeof TrustService> {
  return {
    createTrustedIssuer: async ({ issuer, subject, allowAnySubject, scope, jwk = null, expiresAt }, now) => {
      const end = expiresAt === undefined ? null : timestampDate(expiresAt);
      const order = { issuer, subject, allowAnySubject, scope, jwk, expiresAt: end };
      return { trustedIssuer: toMessage(await operations.trustIssuer({ order, now }, ports)) };
    },
    listTrustedIssuers: async ({ issuer, pageSize, pageToken }, now) => {
      const { trusts, nextPageToken } = await operations.listTrustedIssuers(
        { issuer, pageSize, pageToken, now },
        ports,
      );
      return { trustedIssuers: trusts.map(toMessage), nextPageToken };
    },
    getTrustedIssuer: async ({ id }) => ({
      trustedIssuer: toMessage(await operations.getTrustedIssuer({ id }, ports)),
    }),
    deleteTrustedIssuer: async ({ id }) => {
      await operations.distrustIssuer({ id }, ports);
      return {};
    },
  };
}

function toMessage(trust: TrustedIssuer): MessageInitShape<typeof TrustedIssuerSchema> {
  return {
    id: trust.id,
    issuer: trust.issuer,
    subject: trust.subject,
    allowAnySubject: trust.allowAnySubject,
    scope: [...trust.scope],
    publicKey: { set: trust.issuer, kid: trust.kid },
    // As Hydra shows it: whole seconds.
    createdAt: timestampFromDate(new Date(Math.floor(trust.createdAt.getTime() / 1000) * 1000)),
    expiresAt: timestampFromDate(trust.expiresAt),
  };
}
