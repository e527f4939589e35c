/** What refusals look like, whoever speaks them: the responses that every operation refers to. */
import type { JsonObject } from "../../../protocol/json.ts";

const errorSchema: JsonObject = {
  type: "object",
  description: "Why the server refuses (RFC 6749 §5.2).",
  required: ["error", "error_description"],
  properties: {
    error: { type: "string", description: "For programs: one code of few." },
    error_description: { type: "string", description: "For developers; its words may change." },
  },
};

const goneSchema: JsonObject = {
  type: "object",
  description: "The step is past.",
  required: ["redirect_to"],
  properties: { redirect_to: { type: "string", description: "Where to send the browser, to go on or to begin anew." } },
};

const reference = (schema: string): JsonObject => ({ $ref: `#/components/schemas/${schema}` });
const json = (schema: JsonObject): JsonObject => ({ content: { "application/json": { schema } } });
const refusal = (description: string, headers: JsonObject = {}): JsonObject => ({
  description,
  ...(Object.keys(headers).length === 0 ? {} : { headers }),
  ...json(reference("Error")),
});

const text = (description: string): JsonObject => ({ description, schema: { type: "string" } });
const retryAfter: JsonObject = { description: "Seconds until trying again makes sense.", schema: { type: "integer" } };

export const refusalSchemas: JsonObject = { Error: errorSchema, Gone: goneSchema };

export const refusalResponses: JsonObject = {
  BadRequest: refusal("The request is not what it has to be; the description says where."),
  Unauthorized: refusal("Who asks has not proven who it is.", {
    "WWW-Authenticate": text("How to (RFC 9110 §11.6.1)."),
  }),
  Forbidden: refusal("Who asks may not."),
  NotFound: refusal("There is no such thing, or it is switched off."),
  Gone: {
    description: "The step is past; `redirect_to` says where the browser goes on.",
    ...json({ anyOf: [reference("Gone"), reference("Error")] }),
  },
  TooManyRequests: refusal("Too many requests.", { "Retry-After": retryAfter }),
  Unavailable: refusal("The server cannot reach its database.", { "Retry-After": retryAfter }),
  Refusal: refusal("Any other refusal, such as 404, 405 (with `Allow`), 409, 413 and 415."),
};

export const sharedHeaders: JsonObject = {
  Location: text("The path of what was created."),
  Link: text("`first`, and `next` while there is more (RFC 8288)."),
};
