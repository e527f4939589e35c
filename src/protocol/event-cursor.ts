/** Where in the events somebody is: an opaque text that holds nothing secret and outlives restarts. */

export interface EventCursor {
  /** As the database orders events. */
  readonly position: string;
  /** When everything up to there had happened: beyond the events' retention what follows is no longer whole. */
  readonly at: Date;
}

/** Hexadecimal: one or two numbers of 64 bits, and milliseconds. */
const form = /^((?:[0-9a-f]{16}){1,2})-([0-9a-f]{1,12})$/;

export function writeCursor({ position, at }: EventCursor): string {
  return `${position}-${at.getTime().toString(16)}`;
}

/** Undefined: it is none of ours. */
export function readCursor(text: string): EventCursor | undefined {
  const [, position = "", at = ""] = form.exec(text) ?? [];
  return position === "" ? undefined : { position, at: new Date(Number.parseInt(at, 16)) };
}
