/** base64url (RFC 4648 §5) read strictly: Node's own decoder takes padding, foreign characters and stray last bits. */

/** The bytes, or undefined unless the text is the one way to write them. */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
