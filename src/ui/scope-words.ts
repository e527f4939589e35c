/** What a scope means, in words for the person who is asked. */

export interface ScopeWords {
  readonly title: string;
  readonly meaning: string;
}

const words: ReadonlyMap<string, ScopeWords> = new Map([
  ["openid", { title: "Sign you in", meaning: "Recognise you by your account on this server" }],
  ["profile", { title: "See your profile", meaning: "Your name, nickname, language and time zone" }],
  ["email", { title: "See your email address", meaning: "And whether it has been verified" }],
  ["phone", { title: "See your phone number", meaning: "And whether it has been verified" }],
  ["address", { title: "See your postal address", meaning: "As it is kept with your account" }],
]);

const lasting = { title: "Keep access while you are away", meaning: "Until you or the application ends it" };

export function scopeWords(scope: string): ScopeWords {
  // `offline` is Hydra's older name of OpenID Connect's `offline_access`.
  if (scope === "offline_access" || scope === "offline") return lasting;
  return words.get(scope) ?? { title: scope, meaning: "A permission that this application has defined" };
}
