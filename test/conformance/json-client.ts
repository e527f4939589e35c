/** JSON over HTTP, for the suite and for the admin API; what is no success is thrown with the answer's text. */

export interface JsonRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export async function askJson(url: string, { method = "GET", query = {}, body }: JsonRequest = {}): Promise<unknown> {
  const target = new URL(url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const response = await fetch(target, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${target.pathname}: ${response.status} ${text.slice(0, 500)}`);
  return text.trim() === "" ? {} : JSON.parse(text);
}
