/** Whose request it is: the peer's, or whom a trusted proxy says it speaks for (D48). */
import { BlockList, isIP } from "node:net";
import type { HttpRequest } from "./message.ts";

export type ClientAddress = (request: Pick<HttpRequest, "headers" | "remoteAddress">) => string;

/** `trusted`: addresses and CIDRs. What stands left of the first hop that nobody vouches for is hearsay. */
export function clientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = listOf(trusted);
  return ({ headers, remoteAddress }) => {
    const told = (headers["x-forwarded-for"] ?? "").split(",").map((hop) => plain(hop.trim()));
    let address = plain(remoteAddress);
    while (isListed(proxies, address)) {
      const next = told.pop();
      if (next === undefined || isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
}

/** One home or machine has a /64 of IPv6 addresses to choose from (RFC 6177 §2): they are one. */
export function addressBlock(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = "", back] = address.split("%", 1).join("").split("::", 2);
  const groups = (text: string | undefined) => (text === undefined || text === "" ? [] : text.split(":"));
  const given = groups(front);
  const missing = back === undefined ? 0 : Math.max(0, 8 - given.length - groups(back).length);
  const all = [...given, ...new Array<string>(missing).fill("0"), ...groups(back)];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}

function listOf(trusted: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of trusted) {
    const [network = "", bits] = text.split("/", 2);
    const family = isIP(network) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(network, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return list;
}

function isListed(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** RFC 4291 §2.5.5.2: an IPv4 peer of a socket that listens for both. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
