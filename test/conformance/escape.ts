/** Text that stands in HTML, and back. */

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
]);

export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => entities.get(sign) ?? sign);

/** What a person reads on a page; a picture is the words that stand for it. */
export const textOf = (html: string): string =>
  html
    .replaceAll(/<img[^>]* alt="([^"]*)"[^>]*>/g, " [$1] ")
    .replaceAll(/<(script|style)[\s\S]*?<\/\1>|<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
