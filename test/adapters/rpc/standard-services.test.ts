/** `grpc.health.v1` and `grpc.reflection.v1`, judged by grpc-js. */
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { loaded } from "../../support/rpc-callers.ts";
import { rpcWorld } from "../../support/rpc-world.ts";

const contract = [
  "tessera.admin.v1.ClientService",
  "tessera.admin.v1.TokenService",
  "tessera.flow.v1.LoginFlowService",
  "tessera.flow.v1.ConsentFlowService",
  "tessera.flow.v1.DeviceFlowService",
  "tessera.flow.v1.LogoutFlowService",
  "tessera.admin.v1.SessionService",
  "tessera.admin.v1.KeyService",
  "tessera.admin.v1.TrustService",
  "tessera.admin.v1.ApiKeyService",
  "tessera.admin.v1.EventService",
];

/** What grpc-js makes of a message; a test reads it member by member. */
// biome-ignore lint/suspicious/noExplicitAny: the loaded definitions have no types
type Plain = any;

function definition(service: string, method: string): MethodDefinition<Plain, Plain> {
  const found: unknown = Reflect.get(loaded[service] ?? {}, method);
  if (!isDefinition(found)) throw new Error(`${service} has no ${method}`);
  return found;
}

function isDefinition(value: unknown): value is MethodDefinition<Plain, Plain> {
  return typeof value === "object" && value !== null && "requestSerialize" in value;
}

async function withClient<T>(work: (client: Client, world: Awaited<ReturnType<typeof rpcWorld>>) => Promise<T>) {
  const world = await rpcWorld();
  const client = new Client(`127.0.0.1:${world.port}`, credentials.createInsecure());
  try {
    return await work(client, world);
  } finally {
    client.close();
    await world.close();
  }
}

function unary(client: Client, service: string, method: string, request: Plain): Promise<Plain> {
  const { path, requestSerialize, responseDeserialize } = definition(service, method);
  const { promise, resolve, reject } = Promise.withResolvers<Plain>();
  client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error: ServiceError | null, answer) =>
    error === null ? resolve(answer) : reject(error),
  );
  return promise;
}

describe("grpc.health.v1", () => {
  const check = (client: Client, service: string) => unary(client, "grpc.health.v1.Health", "Check", { service });

  test("says whether the server and each service takes calls", () =>
    withClient(async (client, { setServing }) => {
      expect(await check(client, "")).toEqual({ status: 2 });
      setServing(true);
      for (const service of ["", ...contract]) expect(await check(client, service)).toEqual({ status: 1 });
      setServing(false);
      expect(await check(client, "tessera.admin.v1.ClientService")).toEqual({ status: 2 });
    }));

  test("a service that nobody knows is NOT_FOUND", () =>
    withClient(async (client) => {
      await expect(check(client, "nobody")).rejects.toMatchObject({ code: status.NOT_FOUND });
    }));

  test("lists the statuses of all", () =>
    withClient(async (client) => {
      const { statuses } = await unary(client, "grpc.health.v1.Health", "List", {});
      expect(Object.keys(statuses)).toEqual(["", ...contract]);
    }));

  test("a watcher hears the present status and every change, also of a service that is not there", () =>
    withClient(async (client, { setServing }) => {
      const { path, requestSerialize, responseDeserialize } = definition("grpc.health.v1.Health", "Watch");
      const watch = (service: string) =>
        client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service }, new Metadata());
      const known = watch("");
      known.on("error", () => {});
      const seen: number[] = [];
      const { promise, resolve } = Promise.withResolvers<void>();
      known.on("data", (answer: Plain) => {
        seen.push(answer.status);
        // Each status is asked for by the one before: no time has to pass.
        if (seen.length === 1) setServing(true);
        else if (seen.length === 2) setServing(false);
        else resolve();
      });
      await promise;
      known.cancel();
      expect(seen).toEqual([2, 1, 2]);
      const unknown = watch("nobody");
      unknown.on("error", () => {});
      const first = await new Promise<Plain>((told) => unknown.once("data", told));
      unknown.cancel();
      expect(first).toEqual({ status: 3 });
    }));
});

describe("grpc.reflection.v1", () => {
  /** The answers to the questions, in their order. */
  const reflect = (...questions: Plain[]): Promise<Plain[]> =>
    withClient(async (client) => {
      const { path, requestSerialize, responseDeserialize } = definition(
        "grpc.reflection.v1.ServerReflection",
        "ServerReflectionInfo",
      );
      const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
      const answers: Plain[] = [];
      stream.on("data", (answer: Plain) => answers.push(answer));
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      stream.on("end", resolve);
      stream.on("error", reject);
      for (const question of questions) stream.write(question);
      stream.end();
      await promise;
      return answers;
    });

  const filesOf = (answer: Plain): string[] =>
    answer.file_descriptor_response.file_descriptor_proto.map(
      (bytes: Buffer) => fromBinary(FileDescriptorProtoSchema, bytes).name,
    );

  test("lists the services", async () => {
    const [answer] = await reflect({ list_services: "" });
    const names = answer.list_services_response.service.map(({ name }: Plain) => name);
    expect(names).toEqual([...contract, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
  });

  test("finds a file by its name and by every kind of symbol, with all that it imports", async () => {
    const file = "tessera/flow/v1/login_flow_service.proto";
    const answers = await reflect(
      { file_by_filename: file },
      { file_containing_symbol: "tessera.flow.v1.LoginFlowService" },
      { file_containing_symbol: "tessera.flow.v1.LoginFlowService.GetLogin" },
      { file_containing_symbol: "tessera.flow.v1.LoginRequest" },
      { file_containing_symbol: "tessera.flow.v1.LoginRequest.skip" },
    );
    for (const answer of answers) {
      expect(filesOf(answer)[0]).toBe(file);
      expect(filesOf(answer)).toEqual(
        expect.arrayContaining([
          "tessera/admin/v1/client.proto",
          "tessera/rest/options.proto",
          "buf/validate/validate.proto",
          "google/protobuf/descriptor.proto",
        ]),
      );
    }
  });

  test("finds the extensions that the contract is annotated with", async () => {
    const [found, numbers] = await reflect(
      { file_containing_extension: { containing_type: "google.protobuf.MethodOptions", extension_number: 72295728 } },
      { all_extension_numbers_of_type: "google.protobuf.MethodOptions" },
    );
    expect(filesOf(found)[0]).toBe("google/api/annotations.proto");
    expect(numbers.all_extension_numbers_response.extension_number).toEqual(expect.arrayContaining([50210, 72295728]));
  });

  test("says NOT_FOUND for what it does not know, and the stream goes on", async () => {
    const answers = await reflect(
      { file_by_filename: "../secrets" },
      { file_containing_symbol: "__proto__" },
      { all_extension_numbers_of_type: "nobody" },
      { list_services: "" },
    );
    expect(answers.map(({ error_response }) => error_response?.error_code)).toEqual([5, 5, 5, undefined]);
  });
});
