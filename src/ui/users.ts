/** The people who can sign in to the reference pages: one, whose password everybody may know. */
import { createHash, timingSafeEqual } from "node:crypto";

export type Claims = Readonly<Record<string, string | boolean>>;

export interface User {
  readonly subject: string;
  readonly email: string;
  readonly password: string;
  /** Standard claims (OIDC Core §5.1), given out by scope. */
  readonly claims: Claims;
}

export const demoUser: User = {
  subject: "foo@bar.com",
  email: "foo@bar.com",
  password: "foobar",
  claims: {
    name: "Foo Bar",
    given_name: "Foo",
    family_name: "Bar",
    nickname: "foo",
    preferred_username: "foo",
    zoneinfo: "Europe/Rome",
    locale: "en",
    email: "foo@bar.com",
    email_verified: true,
    phone_number: "+39 06 555 0100",
    phone_number_verified: false,
  },
};

/** The user whose password this is. Everybody's is compared, in constant time: no answer comes earlier than another. */
export function findByPassword(users: readonly User[], email: string, password: string): User | undefined {
  const given = digest(email.trim().toLowerCase(), password);
  return users.filter((user) => timingSafeEqual(digest(user.email, user.password), given))[0];
}

function digest(email: string, password: string): Buffer {
  return createHash("sha256")
    .update(JSON.stringify([email, password]))
    .digest();
}

/** OIDC Core §5.4: which claims a scope asks for. */
const claimsOfScope: ReadonlyMap<string, readonly string[]> = new Map([
  ["profile", ["name", "given_name", "family_name", "nickname", "preferred_username", "zoneinfo", "locale"]],
  ["email", ["email", "email_verified"]],
  ["phone", ["phone_number", "phone_number_verified"]],
]);

/** What is told of the user: what the scopes stand for, and what is granted by name. */
export function claimsFor(
  user: User | undefined,
  grantedScope: readonly string[],
  granted: readonly string[] = [],
): Claims {
  const names = [...grantedScope.flatMap((scope) => claimsOfScope.get(scope) ?? []), ...granted];
  return Object.fromEntries(Object.entries(user?.claims ?? {}).filter(([name]) => names.includes(name)));
}
