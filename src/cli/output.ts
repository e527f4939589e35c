/** Prints what a command found, in Hydra's formats and columns. */
import { stringify } from "yaml";

export const formats = ["table", "json", "json-pretty", "yaml"] as const;

export type Format = (typeof formats)[number];

export interface OutputOptions {
  readonly format: Format;
  /** Only ids, one a line. */
  readonly quiet: boolean;
}

/** One found thing, in each form it may be wanted in. */
export interface Item {
  readonly id: string;
  /** By column, in the order of the columns. */
  readonly cells: Readonly<Record<string, string>>;
  /** As the REST API has it. */
  readonly json: unknown;
}

export interface Page {
  readonly items: readonly Item[];
  readonly nextPageToken: string;
}

/** A single thing: a line for each column. */
export function renderItem(item: Item, { format, quiet }: OutputOptions): string {
  if (quiet) return `${item.id}\n`;
  return format === "table" ? renderColumns(Object.entries(item.cells)) : renderData(item.json, format);
}

/** A list: a line for each thing. */
export function renderPage({ items, nextPageToken }: Page, { format, quiet }: OutputOptions): string {
  if (quiet) return items.map((item) => `${item.id}\n`).join("");
  if (format !== "table") {
    const json = {
      items: items.map((item) => item.json),
      next_page_token: nextPageToken,
      is_last_page: nextPageToken === "",
    };
    return renderData(json, format);
  }
  const columns = Object.keys(items[0]?.cells ?? {});
  const lines = items.map((item) => columns.map((column) => item.cells[column] ?? ""));
  const end = [
    ["NEXT PAGE TOKEN", nextPageToken],
    ["IS LAST PAGE", String(nextPageToken === "")],
  ];
  return `${renderColumns([columns, ...lines].filter((line) => line.length > 0))}\n${renderColumns(end)}`;
}

/** Any value in a format that is no table. */
export function renderData(value: unknown, format: Exclude<Format, "table">): string {
  if (format === "yaml") return stringify(value);
  return `${JSON.stringify(value, null, format === "json-pretty" ? 2 : undefined)}\n`;
}

/** Columns of equal width, two spaces between them. */
export function renderColumns(lines: ReadonlyArray<readonly string[]>): string {
  const clean = lines.map((line) => line.map(printable));
  const widths: number[] = [];
  for (const line of clean) {
    for (const [column, cell] of line.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return clean
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** What others registered must not move the cursor of whoever reads it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
