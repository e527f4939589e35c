/** Clients of another server become clients here, with the secrets that they have. */
import type { ForeignClient, ImportSource } from "../../ports/import-source.ts";
import { type Client, signsWithSecret } from "../../protocol/client.ts";
import { fault } from "../../protocol/client-metadata/fault.ts";
import { requireMetadata } from "../../protocol/client-metadata/fields.ts";
import { refuse } from "../../protocol/errors.ts";
import { requireSector } from "../../protocol/subject-identifier.ts";
import type { Outcome } from "./report.ts";
import type { ImportPorts, Step } from "./step.ts";

export function clientStep(source: ImportSource, ports: ImportPorts): Step<ForeignClient, Client> {
  return {
    part: "clients",
    batches: source.clients(),
    judge: (client) => toClient(client, ports),
    losses: ({ losses }) => losses,
    async write(clients) {
      const outcomes: Outcome[] = [];
      for (const client of clients) outcomes.push((await ports.store.clients.create(client)) ? "written" : "present");
      return outcomes;
    },
  };
}

/** Nothing is fetched: what the other server took is asked of nobody again. */
function toClient({ id, metadata, secretHashes, createdAt, updatedAt }: ForeignClient, ports: ImportPorts): Client {
  const { config, random } = ports;
  if (!/^[\x20-\x7e]{1,255}$/.test(id) || id === "." || id === "..") {
    refuse(
      "invalid_client_metadata",
      "Field client_id must be 1 to 255 printable ASCII characters, and no dots alone.",
    );
  }
  requireMetadata(metadata, config.dev);
  const supported: readonly string[] = config["oidc.subject_identifiers.supported_types"];
  const type = metadata.subjectType === "" ? "public" : metadata.subjectType;
  if (!supported.includes(type)) fault("subject_type", `must be one of: ${supported.join(", ")}`);
  requireSector(metadata);
  // OIDC Core §10.1.
  if (signsWithSecret(metadata))
    fault("client_secret", "is needed in clear, because the client signs with it: of it there is only a hash");
  return {
    ...metadata,
    id,
    secretHashes,
    secretSeal: null,
    rotatedSeals: [],
    registrationDigest: null,
    selfRegistered: false,
    revision: 1,
    epoch: random.integer(),
    createdAt,
    updatedAt,
  };
}
