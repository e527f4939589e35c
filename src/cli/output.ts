/** Prints what a command found, in Hydra's formats and columns. */
import { type Format, renderData } from "./format.ts";

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

/** Things that were asked for by name: one alone is no list. */
export function renderItems(items: readonly Item[], options: OutputOptions): string {
  const [first] = items;
  if (items.length === 1 && first !== undefined) return renderItem(first, options);
  const { format, quiet } = options;
  if (quiet) return items.map((item) => `${item.id}\n`).join("");
  if (format === "table") return renderColumns(tableOf(items));
  return renderData(
    items.map((item) => item.json),
    format,
  );
}

/** A page of a list: a line for each thing, and where it goes on. */
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
  const end = [
    ["NEXT PAGE TOKEN", nextPageToken],
    ["IS LAST PAGE", String(nextPageToken === "")],
  ];
  return `${renderColumns(tableOf(items))}\n${renderColumns(end)}`;
}

/** The columns, and a line for each. */
export function tableOf(items: readonly Item[]): string[][] {
  const columns = Object.keys(items[0]?.cells ?? {});
  const lines = items.map((item) => columns.map((column) => item.cells[column] ?? ""));
  return [columns, ...lines].filter((line) => line.length > 0);
}

/** Things of which only the ids are told, such as those that went. One alone is no list. */
export function renderIds(ids: readonly string[], options: OutputOptions & { readonly column?: string }): string {
  const { format, quiet, column = "ID" } = options;
  if (quiet) return ids.map((id) => `${id}\n`).join("");
  const [first] = ids;
  const alone = ids.length === 1 ? first : undefined;
  if (format !== "table") return renderData(alone ?? ids, format);
  return renderColumns(alone === undefined ? [[column], ...ids.map((id) => [id])] : [[column, alone]]);
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
