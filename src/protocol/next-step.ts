/** What a browser authorization needs next: a table, read from the top (OIDC Core §3.1.2.3, §3.1.2.4). */

export interface Facts {
  readonly prompt: readonly string[];
  /** Seconds, or null. */
  readonly maxAge: number | null;
  readonly now: Date;
  /** The login the browser is remembered by, or null. `hinted`: it is the `id_token_hint`'s, or there is no hint. */
  readonly remembered: { readonly subject: string; readonly authenticatedAt: Date; readonly hinted: boolean } | null;
  /** The accepted login of this flow, or null. */
  readonly login: AcceptedAs | null;
  /** Whether the user counts as having agreed already; null before the login is known. */
  readonly agreed: boolean | null;
  readonly consentAnswered: boolean;
}

interface AcceptedAs {
  readonly subject: string;
  readonly hinted: boolean;
  readonly skippedAs: string | null;
  /** Whether it is of an authentication context that the request insists on (OIDC Core §5.5.1.1). */
  readonly sufficient: boolean;
}

export type NextStep =
  | {
      readonly kind: "refuse";
      readonly error: "login_required" | "consent_required" | "unmet_authentication_requirements";
    }
  | { readonly kind: "ask_login"; readonly skip: boolean }
  | { readonly kind: "restart_login" }
  | { readonly kind: "ask_consent"; readonly skip: boolean }
  | { readonly kind: "answer" };

const table: ReadonlyArray<readonly [(facts: Facts) => boolean, (facts: Facts) => NextStep]> = [
  [(f) => f.login === null && silent(f) && !maySkipLogin(f), () => ({ kind: "refuse", error: "login_required" })],
  [(f) => f.login === null, (f) => ({ kind: "ask_login", skip: maySkipLogin(f) })],
  // A skip may not become a silent switch of users.
  [
    (f) => f.login !== null && f.login.skippedAs !== null && f.login.skippedAs !== f.login.subject,
    (f) => (silent(f) ? { kind: "refuse", error: "login_required" } : { kind: "restart_login" }),
  ],
  [(f) => f.login?.hinted === false, () => ({ kind: "refuse", error: "login_required" })],
  [(f) => f.login?.sufficient === false, () => ({ kind: "refuse", error: "unmet_authentication_requirements" })],
  [(f) => !f.consentAnswered && silent(f) && f.agreed !== true, () => ({ kind: "refuse", error: "consent_required" })],
  [
    (f) => !f.consentAnswered,
    (f) => ({ kind: "ask_consent", skip: f.agreed === true && !f.prompt.includes("consent") }),
  ],
  [() => true, () => ({ kind: "answer" })],
];

export function nextStep(facts: Facts): NextStep {
  const row = table.find(([holds]) => holds(facts));
  if (row === undefined) throw new Error("the table's last row always holds");
  return row[1](facts);
}

function silent(facts: Facts): boolean {
  return facts.prompt.includes("none");
}

function maySkipLogin(facts: Facts): boolean {
  const { remembered, prompt } = facts;
  if (remembered === null || !remembered.hinted) return false;
  if (prompt.includes("login") || prompt.includes("select_account") || prompt.includes("registration")) return false;
  return isFresh(remembered.authenticatedAt, facts);
}

// OIDC Core §3.1.2.1: older than max_age means: authenticate again; 0 is always older.
function isFresh(authenticatedAt: Date, { maxAge, now }: Facts): boolean {
  if (maxAge === null) return true;
  return maxAge > 0 && authenticatedAt.getTime() + maxAge * 1000 >= now.getTime();
}
