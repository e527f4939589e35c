/** Writes `src/gen/openapi.json` from the contract and the tables beside the routes: `npm run generate` runs it. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { wholeDocument } from "../../src/adapters/http/openapi/document.ts";
import { describeContract } from "../../src/adapters/rpc/openapi/contract.ts";

const image = execFileSync("buf", ["build", "-o", "-", "--path", "proto/tessera"], { maxBuffer: 1 << 26 });
const { file } = fromBinary(FileDescriptorSetSchema, image);
const services = [...createFileRegistry({ $typeName: "google.protobuf.FileDescriptorSet", file })]
  .filter((desc) => desc.kind === "service")
  .filter(({ typeName }) => typeName.startsWith("tessera."))
  .toSorted((a, b) => a.typeName.localeCompare(b.typeName));

const document = wholeDocument(describeContract(services));
writeFileSync(new URL("../../src/gen/openapi.json", import.meta.url), `${JSON.stringify(document, null, 1)}\n`);
