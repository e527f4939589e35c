/** Reads clients from files: a JSON array, an object, a page as `list --format json` prints it, or an object on each line. */
import { readFileSync } from "node:fs";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { type OAuth2Client, OAuth2ClientSchema } from "../gen/tessera/admin/v1/client_pb.js";
import { isJsonObject } from "../protocol/json.ts";
import { CommandFailure, reasonOf } from "./failure.ts";

/** A client of a file, or why there is none. */
export type FoundClient = { readonly where: string } & ({ readonly client: OAuth2Client } | { readonly fault: string });

/** `-` is standard input. */
export function readClientFile(path: string): FoundClient[] {
  const text = readText(path).trim();
  const whole = tried(text);
  const found =
    whole === undefined
      ? eachLine(path, text)
      : members(whole.value).map((value, at) => ({ where: `${path}[${at}]`, value }));
  if (found.length === 0) throw new CommandFailure(`${path}: expected clients in JSON, and found none`);
  return found.map(toClient);
}

/** The client that a file describes. */
function toClientMessage(value: JsonObject): OAuth2Client {
  // As the server: a member that it does not know is ignored.
  return fromJson(OAuth2ClientSchema, value, { ignoreUnknownFields: true });
}

function readText(path: string): string {
  try {
    return readFileSync(path === "-" ? 0 : path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new CommandFailure(`${path}: ${reasonOf(error)}`);
  }
}

function tried(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function members(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) && Array.isArray(value.items) ? value.items : [value];
}

interface FoundValue {
  readonly where: string;
  readonly value: unknown;
}

/** A file that is no JSON as a whole, and none by line either, has one fault: its own. */
function eachLine(path: string, text: string): FoundValue[] {
  const lines = text.split("\n").map((line, at) => ({ where: `${path}:${at + 1}`, line: line.trim() }));
  const found = lines
    .filter(({ line }) => line !== "")
    .map(({ where, line }) => ({ where, value: tried(line)?.value }));
  if (found.some(({ value }) => isJsonObject(value))) return found;
  throw new CommandFailure(`${path}: expected clients in JSON, as an array or one on each line`);
}

function toClient({ where, value }: FoundValue): FoundClient {
  if (!isJsonObject(value)) return { where, fault: "expected a JSON object" };
  try {
    return { where, client: toClientMessage(value) };
  } catch (error) {
    return { where, fault: reasonOf(error) };
  }
}
