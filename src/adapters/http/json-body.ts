/** A JSON body of the public port: said to be JSON, and read strictly. */
import { refuse } from "../../protocol/errors.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import type { HttpRequest } from "./message.ts";

/** RFC 7591 §3.1: application/json. A page of another origin can not send it without a preflight. */
export function readJsonObject({ headers, body }: HttpRequest): JsonObject {
  const [type, ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(/\s*;\s*/);
  if (type !== "application/json") {
    refuse("unsupported_media_type", "The content type of the request must be 'application/json'.");
  }
  // RFC 8259 §8.1.
  if (parameters.some((parameter) => /^charset=(?!"?utf-?8"?$)/.test(parameter))) {
    refuse("unsupported_media_type", "The request body must be encoded as UTF-8.");
  }
  const value = parseJson(body);
  if (!isJsonObject(value)) refuse("invalid_request", "The request body must be a JSON object.");
  return value;
}
