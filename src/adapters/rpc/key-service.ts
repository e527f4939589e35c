/** `tessera.admin.v1.KeyService`: from message to operation to message. */
import type { KeyService } from "../../gen/tessera/admin/v1/key_service_pb.js";
import type { getKey, getKeySet } from "../../operations/keys/read-keys.ts";
import type {
  createKey,
  deleteKey,
  deleteKeySet,
  replaceKey,
  replaceKeySet,
} from "../../operations/keys/write-keys.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Methods } from "./call.ts";

export interface KeyOperations {
  readonly createKey: typeof createKey;
  readonly getKeySet: typeof getKeySet;
  readonly replaceKeySet: typeof replaceKeySet;
  readonly deleteKeySet: typeof deleteKeySet;
  readonly getKey: typeof getKey;
  readonly replaceKey: typeof replaceKey;
  readonly deleteKey: typeof deleteKey;
}

export function keyService(operations: KeyOperations, ports: Ports): Methods<typeof KeyService> {
  return {
    createKeySet: async ({ set, alg, use, kid }, now) => {
      const key = await operations.createKey({ set, algorithm: alg, use, kid, now }, ports);
      return { keys: [key] };
    },
    getKeySet: async ({ set }) => ({ keys: await operations.getKeySet({ set }, ports) }),
    replaceKeySet: async ({ set, keySet }, now) => {
      const keys = await operations.replaceKeySet({ set, keys: keySet?.keys ?? [], now }, ports);
      return { keySet: { keys } };
    },
    deleteKeySet: async ({ set }, now) => {
      await operations.deleteKeySet({ set, now }, ports);
      return {};
    },
    getKey: async ({ set, kid }) => ({ keys: [await operations.getKey({ set, kid }, ports)] }),
    replaceKey: async ({ set, kid, key = {} }, now) => ({
      key: await operations.replaceKey({ set, kid, key, now }, ports),
    }),
    deleteKey: async ({ set, kid }, now) => {
      await operations.deleteKey({ set, kid, now }, ports);
      return {};
    },
  };
}
