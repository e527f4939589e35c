/** How our ids, digests and lists lie in PostgreSQL's cells. */

/** An id (32 hex digits) or a dashed UUID as a `uuid` takes it; null for any other text, which no row can have. */
export function uuidOf(id: string): string | null {
  return /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(id) ? id : null;
}

/** A `uuid` as our ids are written: 32 hex digits. */
export function idOf(uuid: string): string {
  return uuid.replaceAll("-", "");
}

export function bytesOf(digest: string): Buffer {
  return Buffer.from(digest, "base64url");
}

export function digestOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

export function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

/** What was written by `JSON.stringify` of the same type: instants in it are still texts. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the writer of the cell knows what lies in it
export function fromJson<T>(text: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
  return JSON.parse(text) as T;
}

/** Makes it at the first call, and answers the same from then on. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
