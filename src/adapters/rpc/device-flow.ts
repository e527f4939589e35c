/** `tessera.flow.v1.DeviceFlowService`: from message to operation to message. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DeviceFlowService, DeviceRequestSchema } from "../../gen/tessera/flow/v1/device_flow_service_pb.js";
import type { acceptDevice, DeviceRequestSeen, getDevice, rejectDevice } from "../../operations/device/user-code.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";
import { toClientMessage } from "./client-message.ts";
import { present } from "./flow-message.ts";

export interface DeviceOperations {
  readonly acceptDevice: typeof acceptDevice;
  readonly getDevice: typeof getDevice;
  readonly rejectDevice: typeof rejectDevice;
}

export function deviceFlow(operations: DeviceOperations, ports: Ports): Methods<typeof DeviceFlowService> {
  return {
    getDevice: async ({ deviceChallenge, userCode }, now) => {
      return { device: toMessage(await operations.getDevice({ challenge: deviceChallenge, userCode, now }, ports)) };
    },
    acceptDevice: async ({ deviceChallenge, device }, now) => {
      const { userCode } = present(device);
      return operations.acceptDevice({ challenge: deviceChallenge, userCode, now }, ports);
    },
    rejectDevice: async ({ deviceChallenge, device }, now) => {
      const { userCode } = present(device);
      return operations.rejectDevice({ challenge: deviceChallenge, userCode, now }, ports);
    },
  };
}

function toMessage({ challenge, requestUrl, device }: DeviceRequestSeen): MessageInitShape<typeof DeviceRequestSchema> {
  if (device === null) return { challenge, requestUrl };
  return {
    challenge,
    requestUrl,
    requestedScope: [...device.code.scope],
    requestedAccessTokenAudience: [...device.code.audience],
    client: toClientMessage(device.client, null),
  };
}
