/** Work that nobody asks for: done while serving, in small steps, by whichever process has the lease. */

export interface Chore {
  readonly name: string;
  /** How long after one look for work comes the next. */
  readonly everySeconds: number;
  /** One bounded step; doing it twice does no harm. True when there is more to do at once. */
  step(now: Date): Promise<boolean>;
}
