/** What is removed together, in the words of Hydra's `janitor`. */
export type CleaningPart = "tokens" | "requests" | "grants";

/** What one step did. */
export interface Swept {
  /** Rows that went, or of which only what is still needed is left. */
  readonly rows: number;
  /** Whether there may be more. */
  readonly more: boolean;
}

/** One kind of row that expires. */
export interface Sweep {
  /** The table, for metrics. */
  readonly name: string;
  readonly part: CleaningPart;
  /** Whether it opens what is sealed: only who knows the secrets can. */
  readonly readsSealed?: true;
  /** Looks at no more than `most` rows: one bounded step, which is done or not done. */
  step(now: Date, most: number): Promise<Swept>;
  /** How many rows would go, `most` at most; absent where only who knows the secrets can tell. */
  due?(now: Date, most: number): Promise<number>;
}

export interface CleaningStore {
  /** Every kind, what hangs from something else before it. */
  readonly sweeps: readonly Sweep[];
  /** Rows of a step that nobody who waits behind it notices. */
  readonly stepRows: number;
}
