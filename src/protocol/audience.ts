/** Audiences of access tokens: Hydra's `audience` and RFC 8707 `resource` (D32). */
import { refuse } from "./errors.ts";
import type { Parameters } from "./parameters.ts";
import { quotable } from "./text.ts";

const maxAudiences = 50;
const maxAudienceLength = 512;

/** `audience` may be repeated or be one space-separated value; each `resource` is one absolute URI. */
export function readAudience(parameters: Parameters): readonly string[] {
  const resources = parameters.all("resource");
  for (const resource of resources) requireResource(resource);
  const audience = parameters.all("audience").flatMap((value) => value.split(" ").filter((part) => part !== ""));
  const all = [...new Set([...audience, ...resources])];
  if (all.length > maxAudiences || all.some((value) => value.length > maxAudienceLength)) {
    refuse("invalid_target", "Too many or too long audiences were requested.", { field: "audience" });
  }
  return all;
}

/** Whether the registered audience admits the requested one: the same, or a path at or below it. */
export function admitsAudience(registered: string, requested: string): boolean {
  if (registered === requested) return true;
  // Compared on the text as it was sent: a parser would resolve dot segments, drop tabs, and so widen the path.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#]+/i.test(registered)) return false;
  if (!isVisible(requested) || hasDotSegment(requested)) return false;
  if (/[?#]/.test(registered)) return false;
  const base = registered.endsWith("/") ? registered.slice(0, -1) : registered;
  return requested === base || requested.startsWith(`${base}/`);
}

/** Refuses the first audience that none of the registered ones admits (RFC 8707 §2). */
export function requireAdmittedAudience(registered: readonly string[], requested: readonly string[]): void {
  const excess = requested.find((audience) => !registered.some((allowed) => admitsAudience(allowed, audience)));
  if (excess !== undefined) {
    const words = `Requested audience '${quotable(excess)}' has not been whitelisted by the OAuth 2.0 Client.`;
    refuse("invalid_target", words, { field: "audience" });
  }
}

// RFC 8707 §2: an absolute URI without a fragment.
function requireResource(resource: string): void {
  if (!isVisible(resource) || !URL.canParse(resource) || resource.includes("#")) {
    refuse("invalid_target", "The 'resource' must be an absolute URI without a fragment.", { field: "resource" });
  }
}

function isVisible(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function hasDotSegment(text: string): boolean {
  return /\\|(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\?#;]|$)/i.test(text) || /%2f|%5c/i.test(text);
}
