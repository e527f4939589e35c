/** Which addresses are of the public internet: all others are somebody's inside (IANA special-purpose registries). */
import { BlockList, isIP, isIPv4 } from "node:net";

const specialV4 = [
  ["0.0.0.0", 8], // this network, RFC 791
  ["10.0.0.0", 8], // private, RFC 1918
  ["100.64.0.0", 10], // carriers' NAT, RFC 6598
  ["127.0.0.0", 8], // loopback, RFC 1122
  ["169.254.0.0", 16], // link-local, RFC 3927; clouds' metadata
  ["172.16.0.0", 12], // private, RFC 1918
  ["192.0.0.0", 24], // protocol assignments, RFC 6890
  ["192.0.2.0", 24], // documentation, RFC 5737
  ["192.88.99.0", 24], // 6to4 relays, RFC 7526
  ["192.168.0.0", 16], // private, RFC 1918
  ["198.18.0.0", 15], // benchmarks, RFC 2544
  ["198.51.100.0", 24], // documentation, RFC 5737
  ["203.0.113.0", 24], // documentation, RFC 5737
  ["224.0.0.0", 4], // multicast, RFC 5771
  ["240.0.0.0", 4], // reserved and broadcast, RFC 1112
] as const;

/** Within 2000::/3, which alone is global unicast (RFC 4291 §2.4). */
const specialV6 = [
  ["2001::", 23], // protocol assignments, Teredo among them, RFC 2928
  ["2001:db8::", 32], // documentation, RFC 3849
  ["2002::", 16], // 6to4 leads to any IPv4 address, RFC 3056
  ["3fff::", 20], // documentation, RFC 9637
] as const;

/** NAT64 (RFC 6052 §2.1): an IPv4 address in its last 32 bits, which is what is reached. */
const nat64 = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

const blocked = blockList();
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");

/** Whether the text is an address that anyone on the internet could reach. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !blocked.check(address, "ipv4");
  const canonical = toCanonicalV6(address);
  if (canonical === undefined) return false;
  const embedded = nat64.exec(canonical);
  if (embedded !== null) return !blocked.check(toV4(embedded[1] ?? "", embedded[2] ?? ""), "ipv4");
  return globalUnicast.check(canonical, "ipv6") && !blocked.check(canonical, "ipv6");
}

function blockList(): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of specialV4) list.addSubnet(network, prefix, "ipv4");
  for (const [network, prefix] of specialV6) list.addSubnet(network, prefix, "ipv6");
  return list;
}

/** One spelling for each address, as URL hosts have it (RFC 5952); a zone names an interface, so it is not public. */
function toCanonicalV6(address: string): string | undefined {
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1);
}

function toV4(high: string, low: string): string {
  const [left, right] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [left >> 8, left & 255, right >> 8, right & 255].join(".");
}
