/** Path templates of `google.api.http`, as far as the contract uses them: literals and `{field}` for one segment. */
import type { DescMethod } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "../../../gen/google/api/annotations_pb.js";
import { answer } from "../../../gen/tessera/rest/options_pb.js";

/** What the annotations of a method say. */
export interface Rule {
  readonly httpMethod: string;
  /** `/admin/clients/{client_id}`. */
  readonly path: string;
  /** The fields that stand in the path. */
  readonly variables: readonly string[];
  /** The field that is the body; "*" for all that are not in the path, "" for none. */
  readonly body: string;
  /** The field of the response that is the answer's body; "" for the whole response. */
  readonly responseBody: string;
  readonly status: number;
  readonly location: string;
  readonly queryAliases: ReadonlyMap<string, string>;
  readonly form: boolean;
  readonly noLinkWhenEmpty: boolean;
}

/** Undefined for a method without a REST form. Throws on what this reader of the annotations does not know. */
export function ruleOf(method: DescMethod): Rule | undefined {
  if (!hasOption(method, http)) return undefined;
  const { pattern, body, responseBody, additionalBindings } = getOption(method, http);
  if (pattern.case === undefined || pattern.case === "custom" || additionalBindings.length > 0) {
    throw new Error(`${method.name}: only one plain HTTP binding is supported`);
  }
  const said = getOption(method, answer);
  return {
    httpMethod: pattern.case.toUpperCase(),
    path: pattern.value,
    variables: variablesOf(pattern.value),
    body,
    responseBody,
    status: said.status === 0 ? defaultStatus(method) : said.status,
    location: said.location,
    queryAliases: new Map(Object.entries(said.queryAliases)),
    form: said.form,
    noLinkWhenEmpty: said.noLinkWhenEmpty,
  };
}

function defaultStatus(method: DescMethod): number {
  if (method.name.startsWith("Create")) return 201;
  return method.output.fields.length === 0 ? 204 : 200;
}

/** The names in a template's braces, in their order. */
export function variablesOf(template: string): string[] {
  if (!/^(?:\/(?:[A-Za-z0-9._~-]+|\{[a-z_]+\}))+$/.test(template)) throw new Error(`cannot read the path ${template}`);
  return [...template.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1] ?? "");
}

/** Two rules that match one path would be told apart by their order only: a fault of the contract. */
export function requireDistinct(rules: ReadonlyArray<Pick<Rule, "httpMethod" | "path">>): void {
  const seen = new Set<string>();
  for (const { httpMethod, path } of rules) {
    const shape = `${httpMethod} ${path.replaceAll(/\{[a-z_]+\}/g, "{}")}`;
    if (seen.has(shape)) throw new Error(`two methods answer ${shape}`);
    seen.add(shape);
  }
}
