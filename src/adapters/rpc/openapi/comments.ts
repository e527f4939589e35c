/** What the contract says of its own parts: the comments above them (`google.protobuf.SourceCodeInfo`). */
import type { DescField, DescFile, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";

export type Commented = DescService | DescMethod | DescMessage | DescField;

/** The numbers of these lists in the descriptors of descriptors. */
const [messageTypes, services, nestedTypes, ofParent] = [4, 6, 3, 2];

/** The comment above a part, as one paragraph for each of its own; throws where there is none. */
export function commentOf(desc: Commented): string {
  const file = desc.kind === "rpc" || desc.kind === "field" ? desc.parent.file : desc.file;
  const path = pathOf(desc, file).join();
  const place = file.proto.sourceCodeInfo?.location.find((location) => location.path.join() === path);
  const comment = place?.leadingComments.trim() ?? "";
  if (comment === "") throw new Error(`${desc.toString()} has no comment`);
  const paragraphs = comment.split(/\n\s*\n/);
  return paragraphs.map((lines) => lines.replaceAll(/\s*\n\s*/g, " ")).join("\n\n");
}

function pathOf(desc: Commented, file: DescFile): number[] {
  if (desc.kind === "service") return [services, file.services.indexOf(desc)];
  if (desc.kind === "rpc") return [...pathOf(desc.parent, file), ofParent, desc.parent.methods.indexOf(desc)];
  if (desc.kind === "field") return [...pathOf(desc.parent, file), ofParent, desc.parent.fields.indexOf(desc)];
  if (desc.parent === undefined) return [messageTypes, file.messages.indexOf(desc)];
  return [...pathOf(desc.parent, file), nestedTypes, desc.parent.nestedMessages.indexOf(desc)];
}
