/** `grpc.reflection.v1`: the contract as its descriptors, for grpcurl and its like. */
import { type DescFile, type DescMessage, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type {
  ServerReflection,
  ServerReflectionRequest,
  ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.js";

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"]>;

export function reflectionService(services: readonly DescService[]): ServiceImpl<typeof ServerReflection> {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of dependencies(services.map((service) => service.file))) {
    files.set(file.proto.name, file);
    for (const symbol of symbolsOf(file)) symbols.set(symbol, file);
    for (const { extendee, number } of file.extensions) {
      const numbers = extensions.get(extendee.typeName) ?? new Map<number, DescFile>();
      extensions.set(extendee.typeName, numbers.set(number, file));
    }
  }

  const answer = ({ messageRequest: asked }: ServerReflectionRequest): Answer => {
    switch (asked.case) {
      case "listServices":
        return {
          case: "listServicesResponse",
          value: { service: services.map(({ typeName }) => ({ name: typeName })) },
        };
      case "fileByFilename":
        return fileAnswer(files.get(asked.value));
      case "fileContainingSymbol":
        return fileAnswer(symbols.get(asked.value));
      case "fileContainingExtension":
        return fileAnswer(extensions.get(asked.value.containingType)?.get(asked.value.extensionNumber));
      case "allExtensionNumbersOfType": {
        const numbers = extensions.get(asked.value);
        if (numbers === undefined) return failure(Code.NotFound, "No extension of this type is known.");
        const value = { baseTypeName: asked.value, extensionNumber: [...numbers.keys()] };
        return { case: "allExtensionNumbersResponse", value };
      }
      default:
        return failure(Code.InvalidArgument, "The request asks for nothing.");
    }
  };

  return {
    serverReflectionInfo: async function* (requests) {
      for await (const request of requests) {
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
      }
    },
  };
}

/** The files and what they import, the imported ones first. */
function dependencies(roots: readonly DescFile[]): ReadonlySet<DescFile> {
  const found = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    if (found.has(file)) return;
    for (const imported of file.dependencies) visit(imported);
    found.add(file);
  };
  for (const root of roots) visit(root);
  return found;
}

function symbolsOf(file: DescFile): string[] {
  const ofMessage = (message: DescMessage): string[] => [
    message.typeName,
    ...message.fields.map((field) => `${message.typeName}.${field.name}`),
    ...message.nestedMessages.flatMap(ofMessage),
    ...message.nestedEnums.map((nested) => nested.typeName),
    ...message.nestedExtensions.map((nested) => nested.typeName),
  ];
  return [
    ...file.messages.flatMap(ofMessage),
    ...file.enums.map((declared) => declared.typeName),
    ...file.extensions.map((declared) => declared.typeName),
    ...file.services.flatMap(({ typeName, methods }) => [
      typeName,
      ...methods.map(({ name }) => `${typeName}.${name}`),
    ]),
  ];
}

/** With everything it imports, so that one question is enough. */
function fileAnswer(file: DescFile | undefined): Answer {
  if (file === undefined) return failure(Code.NotFound, "The file or symbol is not known.");
  const all = [...dependencies([file])].toReversed();
  const fileDescriptorProto = all.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function failure(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
