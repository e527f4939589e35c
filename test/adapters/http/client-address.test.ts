import { describe, expect, test } from "vitest";
import { addressBlock, clientAddress } from "../../../src/adapters/http/client-address.ts";

function asked(trusted: readonly string[], remoteAddress: string, forwarded?: string): string {
  return clientAddress(trusted)({ headers: { "x-forwarded-for": forwarded }, remoteAddress });
}

describe("D48: whose X-Forwarded-For is believed", () => {
  test.each([
    ["nobody's, unless a proxy is named", [], "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["a trusted proxy's last hop", ["10.0.0.0/8"], "10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["no hop before one that nobody vouches for", ["10.0.0.1"], "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"],
    ["the hop before a chain of trusted ones", ["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.9.9.9", "1.1.1.1"],
    ["not that of a proxy beside the network", ["10.0.0.0/8"], "11.0.0.1", "198.51.100.1", "11.0.0.1"],
    ["a trusted proxy's own address when it says nothing", ["10.0.0.1"], "10.0.0.1", undefined, "10.0.0.1"],
    ["not what is no address", ["10.0.0.1"], "10.0.0.1", "unknown", "10.0.0.1"],
    ["not an empty hop", ["10.0.0.1"], "10.0.0.1", "198.51.100.1,", "10.0.0.1"],
    ["an IPv4 proxy's on a socket for both", ["10.0.0.1/32"], "::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"],
    ["an IPv6 proxy's", ["fd00::/8"], "fd12::1", "198.51.100.1", "198.51.100.1"],
    ["nobody's on a unix socket", ["10.0.0.1"], "", "198.51.100.1", ""],
  ])("%s", (_sentence, trusted, remoteAddress, forwarded, address) => {
    expect(asked(trusted, remoteAddress, forwarded)).toBe(address);
  });
});

test.each([
  ["203.0.113.9", "203.0.113.9"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:DB8:01:2::", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["2001:db8:1:2::3:4:5", "2001:db8:1:2"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
])("D48: %j belongs to the block %j", (address, block) => {
  expect(addressBlock(address)).toBe(block);
});
