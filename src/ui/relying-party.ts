/** The demo client's side of OpenID Connect, by openid-client: it knows nothing but the issuer's public endpoints. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
  tokenRevocation,
} from "openid-client";

/** What has to be remembered while the user is away signing in; `state` is the name it goes by. */
export interface Departure {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly scope: string;
  readonly expiresInSeconds: number | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The ID token itself, which says at the sign-out whose it is. */
  readonly idToken: string | undefined;
}

export interface RelyingPartyOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
}

export interface RelyingParty {
  /** `loginHint`: who is to sign in, where whoever began it knows. */
  depart(
    redirectUri: string,
    loginHint?: string,
  ): Promise<{ readonly departure: Departure; readonly location: string }>;
  /** The code of the callback's URL becomes tokens; a refusal throws. */
  arrive(callback: URL, departure: Departure): Promise<Tokens>;
  userinfo(tokens: Tokens): Promise<Readonly<Record<string, unknown>>>;
  refresh(tokens: Tokens): Promise<Tokens>;
  revoke(tokens: Tokens): Promise<void>;
  /** Where the browser goes to sign out everywhere, and from there back to `homeUri`. */
  leave(tokens: Tokens, homeUri: string): Promise<string>;
}

/** What the token endpoint's answers have in common. */
type Answer = TokenEndpointResponse & TokenEndpointResponseHelpers;

export function relyingParty(options: RelyingPartyOptions): RelyingParty {
  const configuration = discovered(options);
  return {
    async depart(redirectUri, loginHint) {
      const departure = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const location = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: options.scope,
        state: departure.state,
        nonce: departure.nonce,
        code_challenge: await calculatePKCECodeChallenge(departure.verifier),
        code_challenge_method: "S256",
        ...(loginHint === undefined ? {} : { login_hint: loginHint }),
      });
      return { departure, location: location.href };
    },
    async arrive(callback, { state, nonce, verifier }) {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      return toTokens(await authorizationCodeGrant(await configuration(), callback, checks), undefined);
    },
    async userinfo({ accessToken, claims }) {
      return fetchUserInfo(await configuration(), accessToken, String(claims.sub));
    },
    async refresh(tokens) {
      const { refreshToken } = tokens;
      if (refreshToken === undefined) throw new Error("There is no refresh token: offline_access was not granted.");
      return toTokens(await refreshTokenGrant(await configuration(), refreshToken), tokens);
    },
    async revoke({ accessToken, refreshToken }) {
      await tokenRevocation(await configuration(), refreshToken ?? accessToken);
    },
    async leave({ idToken }, homeUri) {
      const hint = idToken === undefined ? {} : { id_token_hint: idToken };
      return buildEndSessionUrl(await configuration(), { post_logout_redirect_uri: homeUri, ...hint }).href;
    },
  };
}

/** Read once; a failure is not remembered, because the server may only be late. */
function discovered({ issuer, clientId, clientSecret }: RelyingPartyOptions): () => Promise<Configuration> {
  let known: Configuration | undefined;
  return async () => {
    const url = new URL(issuer);
    // Plain http is for this machine: the server's `dev` mode speaks nothing else.
    const execute = url.protocol === "http:" ? [allowInsecureRequests] : [];
    known ??= await discovery(url, clientId, clientSecret, undefined, { execute });
    return known;
  };
}

/** RFC 6749 §5.1, §6: the scope is left out when it is what was asked for, the refresh token when the old one stays. */
function toTokens(answer: Answer, earlier: Tokens | undefined): Tokens {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    scope: answer.scope ?? "",
    expiresInSeconds: answer.expires_in,
    claims: { ...(answer.claims() ?? earlier?.claims) },
    idToken: answer.id_token ?? earlier?.idToken,
  };
}
