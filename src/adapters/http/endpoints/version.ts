/** `/admin/version`: which release runs, told to operators only. */
import type { Endpoint } from "../message.ts";
import { jsonReply } from "../reply.ts";

export function versionEndpoint(version: string): Endpoint {
  return () => jsonReply(200, { version });
}
