/** Where a request may go (D24): the URL is judged, its name resolved here, and the addresses held for the connection. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isPublicAddress } from "./addresses.ts";
import { urlGlob } from "./url-globs.ts";

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface Destination {
  readonly url: URL;
  /** What the name stood for when it was judged; the connection goes to one of these and asks nobody again. */
  readonly addresses: readonly Address[];
  /** Whether the connected socket may have this address. */
  readonly mayReach: (address: string) => boolean;
}

export interface DestinationRules {
  /** Plain http is for development. */
  readonly allowHttp: boolean;
  /** The setting `clients.http.disallow_private_ip_ranges`. */
  readonly publicOnly: boolean;
  /** The setting `clients.http.private_ip_exception_urls`. */
  readonly exceptions: readonly string[];
  readonly resolve?: (hostname: string) => Promise<readonly Address[]>;
}

const maxUrlLength = 2048;

export type FindDestination = (url: string) => Promise<Destination>;

/** Throws with the reason; the reason is for the log, as it tells what our network looks like. */
export function destinations(rules: DestinationRules): FindDestination {
  const exceptions = rules.exceptions.map(urlGlob);
  const { resolve = (hostname) => lookup(hostname, { all: true }) } = rules;
  return async (text) => {
    const url = parseUrl(text, rules.allowHttp);
    const isOpen = !rules.publicOnly || exceptions.some((matches) => matches(`${url.origin}${url.pathname}`));
    const mayReach = (address: string) => isOpen || isPublicAddress(address);
    const addresses = await resolveHost(url, resolve);
    // All of them: who mixes public and private addresses hopes that we pick the wrong one.
    const refused = addresses.find(({ address }) => !mayReach(address));
    if (refused !== undefined) throw new Error(`${url.hostname} is at ${refused.address}, which is not public.`);
    if (addresses.length === 0) throw new Error(`${url.hostname} has no address.`);
    return { url, addresses, mayReach };
  };
}

function parseUrl(text: string, allowHttp: boolean): URL {
  const url = text.length > maxUrlLength ? null : URL.parse(text);
  if (url === null) throw new Error("The URL cannot be read.");
  if (url.protocol !== "https:" && !(allowHttp && url.protocol === "http:")) throw new Error("The URL is not https.");
  // Credentials of the URL would be sent as an Authorization header.
  if (url.username !== "" || url.password !== "") throw new Error("The URL holds credentials.");
  return url;
}

async function resolveHost(url: URL, resolve: NonNullable<DestinationRules["resolve"]>): Promise<readonly Address[]> {
  // `URL` has brought every way to write an IPv4 address (octal, hexadecimal, one number) to the dotted one.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(host);
  return family === 0 ? resolve(host) : [{ address: host, family }];
}
