/** Writes the reference of the settings into the README, between its marks: `npm run generate` runs it. */
import { readFileSync, writeFileSync } from "node:fs";
import { configReference } from "../../src/config/reference.ts";

const file = new URL("../../README.md", import.meta.url);
const [begin, end] = ["<!-- settings:begin -->", "<!-- settings:end -->"];

const text = readFileSync(file, "utf8");
const [before, after] = [text.indexOf(begin), text.indexOf(end)];
if (before === -1 || after < before) throw new Error("The README has lost the marks of its settings.");
writeFileSync(file, `${text.slice(0, before + begin.length)}\n\n${configReference().trim()}\n\n${text.slice(after)}`);
