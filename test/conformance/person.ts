/** The one user of the runs, with every standard claim (OpenID Connect Core 5.1), and the scopes that stand for them (5.4). */

export const person = { email: "ada@example.org", password: "a-password-for-tests" };

const profile = {
  name: "Ada Lovelace",
  given_name: "Ada",
  family_name: "Lovelace",
  middle_name: "King",
  nickname: "ada",
  preferred_username: "ada",
  gender: "female",
  profile: "https://example.org/ada",
  picture: "https://example.org/ada.png",
  website: "https://example.org/",
  // OpenID Connect Core 5.1: the year is not told.
  birthdate: "0000-12-10",
  zoneinfo: "Europe/London",
  locale: "en-GB",
  updated_at: 1_700_000_000,
};
const address = { street_address: "12 St James's Square", locality: "London", postal_code: "SW1Y 4JH", country: "GB" };

const claimsOfScope: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(
  Object.entries({
    profile,
    email: { email: person.email, email_verified: true },
    address: { address },
    phone: { phone_number: "+44 20 7946 0018", phone_number_verified: true },
  }),
);

export function claimsFor(scope: readonly string[], names: readonly string[]): Record<string, unknown> {
  const ofScopes = scope.flatMap((name) => Object.entries(claimsOfScope.get(name) ?? {}));
  const all = [...claimsOfScope.values()].flatMap((claims) => Object.entries(claims));
  return Object.fromEntries([...ofScopes, ...all.filter(([name]) => names.includes(name))]);
}
