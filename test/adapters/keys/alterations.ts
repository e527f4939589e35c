/** Texts that differ a little from a valid one. */
import * as fc from "fast-check";

const characters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. \n%é");

/** One character replaced, removed, inserted, or put at the end. */
export function alterations(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length - 1);
  const character = fc.constantFrom(...characters);
  return fc
    .oneof(
      fc.tuple(place, character).map(([at, one]) => text.slice(0, at) + one + text.slice(at + 1)),
      place.map((at) => text.slice(0, at) + text.slice(at + 1)),
      fc.tuple(place, character).map(([at, one]) => text.slice(0, at) + one + text.slice(at)),
      character.map((one) => text + one),
    )
    .filter((altered) => altered !== text);
}
