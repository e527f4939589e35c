/** A flow API that is not Tessera: it answers what the test says and remembers what it was told. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { ErrorInfoSchema } from "../../src/gen/google/rpc/error_details_pb.js";
import { OAuth2ClientSchema } from "../../src/gen/tessera/admin/v1/client_pb.js";
import {
  type AcceptConsentRequestSchema,
  ConsentFlowService,
  ConsentRequestSchema,
  type RejectConsentRequestSchema,
} from "../../src/gen/tessera/flow/v1/consent_flow_service_pb.js";
import {
  type AcceptDeviceRequestSchema,
  DeviceFlowService,
  DeviceRequestSchema,
  type RejectDeviceRequestSchema,
} from "../../src/gen/tessera/flow/v1/device_flow_service_pb.js";
import {
  type AcceptLoginRequestSchema,
  LoginFlowService,
  LoginRequestSchema,
  type RejectLoginRequestSchema,
} from "../../src/gen/tessera/flow/v1/login_flow_service_pb.js";
import { mountReferencePages, type ReferencePages } from "../../src/ui/app.ts";
import { demoUser } from "../../src/ui/users.ts";

export interface Told {
  readonly acceptedLogins: MessageShape<typeof AcceptLoginRequestSchema>[];
  readonly rejectedLogins: MessageShape<typeof RejectLoginRequestSchema>[];
  readonly acceptedConsents: MessageShape<typeof AcceptConsentRequestSchema>[];
  readonly rejectedConsents: MessageShape<typeof RejectConsentRequestSchema>[];
  readonly acceptedDevices: MessageShape<typeof AcceptDeviceRequestSchema>[];
  readonly rejectedDevices: MessageShape<typeof RejectDeviceRequestSchema>[];
}

export interface FlowServerOptions {
  readonly login?: MessageInitShape<typeof LoginRequestSchema>;
  readonly consent?: MessageInitShape<typeof ConsentRequestSchema>;
  /** What every call is refused with. */
  readonly refuses?: ConnectError;
}

export const demoClient = {
  clientId: "demo-client",
  clientName: "Demo client",
  redirectUris: ["https://app.example/callback"],
};

/** Where the fake server sends a browser whose request was answered. */
export const next = "http://next.invalid/";

export const past = new ConnectError("The step is past.", Code.FailedPrecondition, undefined, [
  { desc: ErrorInfoSchema, value: { reason: "GONE", domain: "tessera", metadata: { redirect_to: `${next}past` } } },
]);

/** The reference pages before a flow API of the test's own; both end with the test. */
export async function pagesWorld(options: FlowServerOptions = {}): Promise<ReferencePages & { readonly told: Told }> {
  const { adminUrl, told } = await flowServer(options);
  const pages = await mountReferencePages({
    adminUrl,
    host: "127.0.0.1",
    port: 0,
    users: [demoUser],
    random: randomBytes,
  });
  onTestFinished(() => pages.close());
  return { ...pages, told };
}

async function flowServer(options: FlowServerOptions): Promise<{ adminUrl: string; told: Told }> {
  const told: Told = {
    acceptedLogins: [],
    rejectedLogins: [],
    acceptedConsents: [],
    rejectedConsents: [],
    acceptedDevices: [],
    rejectedDevices: [],
  };
  const answered = <Request>(list: Request[], where: string) => {
    return (request: Request) => {
      if (options.refuses !== undefined) throw options.refuses;
      list.push(request);
      return { redirectTo: next + where };
    };
  };
  const read = <Answer>(answer: Answer) => {
    if (options.refuses !== undefined) throw options.refuses;
    return answer;
  };
  const client = create(OAuth2ClientSchema, demoClient);
  const server = createServer(
    connectNodeAdapter({
      routes(router) {
        router.service(LoginFlowService, {
          getLogin: ({ loginChallenge }) => {
            const login = create(LoginRequestSchema, options.login);
            return read({ login: { ...login, challenge: loginChallenge, client: login.client ?? client } });
          },
          acceptLogin: answered(told.acceptedLogins, "login-accepted"),
          rejectLogin: answered(told.rejectedLogins, "login-rejected"),
        });
        router.service(ConsentFlowService, {
          getConsent: ({ consentChallenge }) => {
            const consent = create(ConsentRequestSchema, { subject: demoUser.subject, ...options.consent });
            return read({ consent: { ...consent, challenge: consentChallenge, client: consent.client ?? client } });
          },
          acceptConsent: answered(told.acceptedConsents, "consent-accepted"),
          rejectConsent: answered(told.rejectedConsents, "consent-rejected"),
        });
        router.service(DeviceFlowService, {
          getDevice: ({ deviceChallenge, userCode }) => {
            const known = userCode === "" ? {} : { client };
            return read({ device: create(DeviceRequestSchema, { challenge: deviceChallenge, ...known }) });
          },
          acceptDevice: answered(told.acceptedDevices, "device-accepted"),
          rejectDevice: answered(told.rejectedDevices, "device-rejected"),
        });
      },
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { adminUrl: `http://127.0.0.1:${address.port}`, told };
}
