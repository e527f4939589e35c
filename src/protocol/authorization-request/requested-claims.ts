/** The `claims` parameter: what a client wants to be told of its user, and what it insists on (OIDC Core §5.5). */
import { refuse } from "../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "../json.ts";
import { quotable } from "../text.ts";

export interface RequestedClaims {
  /** The members `userinfo` and `id_token` as they were sent, for the consent application; what else was sent is ignored. */
  readonly asked: JsonObject;
  /** Authentication contexts that the client names, the best first. */
  readonly acrValues: readonly string[];
  /** Whether the login must reach one of them (§5.5.1.1). */
  readonly isAcrEssential: boolean;
  /** Whom the answer must be about (§5.5.1), or null. */
  readonly subject: string | null;
}

const maxNamed = 200;
const places = ["userinfo", "id_token"] as const;

export function readRequestedClaims(text: string | undefined): RequestedClaims | null {
  if (text === undefined) return null;
  const value = parseJson(text, "parameter 'claims'");
  if (!isJsonObject(value)) invalid("must be a JSON object");
  const asked: JsonObject = {};
  for (const place of places) {
    const wanted = value[place];
    // As for a single claim, null asks for nothing in particular.
    if (wanted === undefined || wanted === null) continue;
    if (!isJsonObject(wanted)) invalid(`must hold an object as '${place}'`);
    requireWishes(wanted);
    asked[place] = wanted;
  }
  const acr = wishFor(asked, "id_token", "acr");
  return { asked, acrValues: acr.values, isAcrEssential: acr.essential, subject: readSubject(asked) };
}

// §5.5.1: null, or an object whose members are known by name; others may be defined elsewhere.
function requireWishes(wanted: JsonObject): void {
  const entries = Object.entries(wanted);
  if (entries.length > maxNamed) invalid(`must not name more than ${maxNamed} claims`);
  for (const [name, wish] of entries) {
    if (wish === null) continue;
    if (!isJsonObject(wish)) invalid(`must hold null or an object for '${quotable(name)}'`);
    if (wish.essential !== undefined && typeof wish.essential !== "boolean") {
      invalid(`must say true or false for 'essential' of '${quotable(name)}'`);
    }
    if (wish.values !== undefined && !Array.isArray(wish.values)) {
      invalid(`must hold a list as 'values' of '${quotable(name)}'`);
    }
  }
}

function wishFor(asked: JsonObject, place: (typeof places)[number], name: string) {
  const wanted = asked[place];
  const wish = isJsonObject(wanted) && Object.hasOwn(wanted, name) ? wanted[name] : undefined;
  if (!isJsonObject(wish)) return { essential: false, values: [] };
  const listed: readonly JsonValue[] = Array.isArray(wish.values) ? wish.values : [];
  const values = [...(wish.value === undefined ? [] : [wish.value]), ...listed].map((value) =>
    requireText(value, name),
  );
  return { essential: wish.essential === true && values.length > 0, values: [...new Set(values)] };
}

/** The answer is about one user or is not given: two that are asked for would be a riddle. */
function readSubject(asked: JsonObject): string | null {
  const subjects = new Set(places.flatMap((place) => wishFor(asked, place, "sub").values));
  if (subjects.size > 1) invalid("must not name more than one 'sub'");
  return [...subjects][0] ?? null;
}

function requireText(value: JsonValue, name: string): string {
  if (typeof value !== "string" || value === "") invalid(`must name texts as values of '${name}'`);
  return value;
}

function invalid(words: string): never {
  refuse("invalid_request", `The parameter 'claims' ${words}.`, { field: "claims" });
}
