/** Any text that passes the one check: well-formed Unicode without NUL. (fast-check's own unit takes a second to start.) */
import * as fc from "fast-check";

const character = fc
  .oneof(fc.integer({ min: 1, max: 0xff }), fc.integer({ min: 1, max: 0x10ffff - 0x800 }))
  .map((point) => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));

export const cleanText = fc.string({ unit: character });
