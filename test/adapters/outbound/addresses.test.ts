import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../../src/adapters/outbound/addresses.ts";

describe("an address of the public internet (FZ-21)", () => {
  test.each([
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001:80e::200e",
    "2001:4860:4860::8888",
    "64:ff9b::8.8.8.8",
    "64:ff9b::808:808",
  ])("%s is one", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ["RFC 791, this network", "0.0.0.0"],
    ["RFC 1918", "10.1.2.3"],
    ["RFC 1918", "172.16.0.1"],
    ["RFC 1918", "172.31.255.255"],
    ["RFC 1918", "192.168.255.255"],
    ["RFC 6598, carriers' NAT", "100.64.0.1"],
    ["RFC 1122, loopback", "127.0.0.1"],
    ["RFC 1122, loopback", "127.255.255.254"],
    ["RFC 3927, a cloud's metadata", "169.254.169.254"],
    ["RFC 6890", "192.0.0.170"],
    ["RFC 5737, documentation", "192.0.2.1"],
    ["RFC 5737, documentation", "198.51.100.1"],
    ["RFC 5737, documentation", "203.0.113.1"],
    ["RFC 7526, 6to4 relay", "192.88.99.1"],
    ["RFC 2544, benchmarks", "198.19.0.1"],
    ["RFC 5771, multicast", "224.0.0.1"],
    ["RFC 1112, reserved", "240.0.0.1"],
    ["RFC 919, broadcast", "255.255.255.255"],
    ["RFC 4291, unspecified", "::"],
    ["RFC 4291, loopback", "::1"],
    ["RFC 4291, v4-compatible", "::8.8.8.8"],
    ["RFC 4291, v4-mapped", "::ffff:127.0.0.1"],
    ["RFC 4291, v4-mapped", "::ffff:8.8.8.8"],
    ["RFC 4291, v4-mapped in hexadecimal", "::ffff:7f00:1"],
    ["RFC 2765, v4-translated", "::ffff:0:10.0.0.1"],
    ["RFC 6052, NAT64 of a private address", "64:ff9b::10.0.0.1"],
    ["RFC 6052, NAT64 of a loopback", "64:ff9b::7f00:1"],
    ["RFC 6052, NAT64 of a cloud's metadata", "0064:ff9b:0:0:0:0:a9fe:a9fe"],
    ["RFC 8215, local NAT64", "64:ff9b:1::808:808"],
    ["RFC 6666, discard", "100::1"],
    ["RFC 4380, Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["RFC 5180, benchmarks", "2001:2::1"],
    ["RFC 7343, ORCHID", "2001:20::1"],
    ["RFC 3849, documentation", "2001:db8::1"],
    ["RFC 9637, documentation", "3fff::1"],
    ["RFC 3056, 6to4 of a loopback", "2002:7f00:1::1"],
    ["RFC 3056, 6to4", "2002:808:808::1"],
    ["RFC 9602, SRv6", "5f00::1"],
    ["RFC 4193, unique local", "fd12:3456::1"],
    ["RFC 4291, link-local", "fe80::1"],
    ["RFC 4007, with a zone", "fe80::1%eth0"],
    ["RFC 4007, a global one with a zone", "2606:4700::1111%eth0"],
    ["RFC 3879, site-local", "fec0::1"],
    ["RFC 4291, multicast", "ff02::1"],
  ])("%s: %s is none", (_rule, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.1", "127.1", "8.8.8.8 ", "[2606:4700::1111]", "8.8.8.8/8"])(
    "%j is no address at all",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );

  test("the spelling of an IPv6 address does not matter", () => {
    const groups = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 });
    const starts = fc.constantFrom(
      [0x2002],
      [0xfd00],
      [0x2001, 0xdb8],
      [0x64, 0xff9b, 0, 0, 0, 0, 0x0a00],
      [0x2606],
      [0, 0, 0, 0, 0, 0xffff],
    );
    fc.assert(
      fc.property(groups, starts, (tail, start) => {
        const address = [...start, ...tail.slice(start.length)];
        const long = address.map((group) => group.toString(16).padStart(4, "0").toUpperCase()).join(":");
        const short = new URL(`http://[${long}]/`).hostname.slice(1, -1);
        expect(isPublicAddress(long)).toBe(isPublicAddress(short));
        expect(isPublicAddress(long)).toBe(start[0] === 0x2606);
      }),
    );
  });

  test("IPv4: exactly what the registry does not list", () => {
    const inside = (address: number[], network: number[], bits: number): boolean => {
      const toNumber = (bytes: number[]): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
      return Math.floor(toNumber(address) / 2 ** (32 - bits)) === Math.floor(toNumber(network) / 2 ** (32 - bits));
    };
    const registry: Array<[number[], number]> = [
      [[0, 0, 0, 0], 8],
      [[10, 0, 0, 0], 8],
      [[100, 64, 0, 0], 10],
      [[127, 0, 0, 0], 8],
      [[169, 254, 0, 0], 16],
      [[172, 16, 0, 0], 12],
      [[192, 0, 0, 0], 24],
      [[192, 0, 2, 0], 24],
      [[192, 88, 99, 0], 24],
      [[192, 168, 0, 0], 16],
      [[198, 18, 0, 0], 15],
      [[198, 51, 100, 0], 24],
      [[203, 0, 113, 0], 24],
      [[224, 0, 0, 0], 3],
    ];
    const first = fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 224));
    const second = fc.oneof(fc.nat(255), fc.constantFrom(0, 16, 31, 32, 51, 64, 88, 127, 128, 168, 254));
    fc.assert(
      fc.property(fc.tuple(first, second, fc.nat(255), fc.nat(255)), (address) => {
        const listed = registry.some(([network, bits]) => inside(address, network, bits));
        expect(isPublicAddress(address.join("."))).toBe(!listed);
      }),
      { numRuns: 2000 },
    );
  });
});
