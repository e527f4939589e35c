/** Protovalidate, which knows every rule that the contract can state. */
import { createValidator } from "@bufbuild/protovalidate";

export const judgement = createValidator();
