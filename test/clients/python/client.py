"""A relying party that shares nothing with the server it tests: Authlib, with joserfc.

It reads one line of JSON, writes lines of JSON, and says what it found at the end; what the libraries do not believe
ends it with an error.
"""

import json
import secrets
import sys
from urllib.parse import parse_qsl, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.core.claims import get_claim_cls_by_response_type
from joserfc import jwt
from joserfc.jwk import KeySet

SECONDS = 10


def say(what):
    print(json.dumps(what), flush=True)


def fetched(url):
    answer = requests.get(url, timeout=SECONDS)
    answer.raise_for_status()
    return answer.json()


class Party:
    def __init__(self, job):
        self.job = job
        self.server = fetched(job["issuer"] + "/.well-known/openid-configuration")
        assert self.server["issuer"] == job["issuer"]
        self.keys = KeySet.import_key_set(fetched(self.server["jwks_uri"]))
        self.session = OAuth2Session(
            job["clientId"],
            job["clientSecret"] or None,
            scope=" ".join(job["scopes"]),
            redirect_uri=job["redirectUrl"],
            token_endpoint_auth_method=job["authMethod"],
            revocation_endpoint_auth_method=job["authMethod"],
            code_challenge_method="S256",
            default_timeout=SECONDS,
        )

    def verified(self, raw, kind, **beside):
        """Signature, issuer, audience, times, nonce and hashes (OIDC Core §3.1.3.7, §3.2.2.11, §3.3.2.12)."""
        token = jwt.decode(raw, self.keys, algorithms=self.server["id_token_signing_alg_values_supported"])
        options = {
            "iss": {"essential": True, "value": self.job["issuer"]},
            "aud": {"essential": True, "value": self.job["clientId"]},
        }
        claims = kind(token.claims, token.header, options, {"client_id": self.job["clientId"], **beside})
        claims.validate(leeway=5)
        return claims

    def sign_in(self):
        nonce, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)
        kind = self.job["responseType"]
        asks_code = "code" in kind.split()
        # Authlib adds a challenge of its own to the plain code alone.
        pkce = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
        url, state = self.session.create_authorization_url(
            self.server["authorization_endpoint"], response_type=kind, nonce=nonce, **(pkce if asks_code else {})
        )
        say({"visit": url})
        place = urlsplit(sys.stdin.readline().strip())
        told = dict(parse_qsl(place.query if kind == "code" else place.fragment, strict_parsing=True))
        assert "error" not in told, told
        assert told["state"] == state, "the state is another's"
        assert told["iss"] == self.job["issuer"], "RFC 9207 §2.4: the answer is another issuer's"
        found = {"delivered": list(told)}
        if "id_token" in told:
            beside = {name: told[name] for name in ("access_token", "code") if name in told}
            claims = self.verified(told["id_token"], get_claim_cls_by_response_type(kind), nonce=nonce, **beside)
            found["frontChannel"] = claims["sub"]
        if not asks_code:
            return found
        token = self.session.fetch_token(
            self.server["token_endpoint"],
            grant_type="authorization_code",
            code=told["code"],
            code_verifier=verifier,
        )
        return {**found, **self.use(token, nonce)}

    def use(self, token, nonce):
        claims = self.verified(token["id_token"], CodeIDToken, nonce=nonce, access_token=token["access_token"])
        user = self.session.get(self.server["userinfo_endpoint"])
        user.raise_for_status()

        renewed = dict(self.session.refresh_token(self.server["token_endpoint"], token["refresh_token"]))
        assert renewed["access_token"] != token["access_token"], "the refresh brought the old access token"
        assert renewed["refresh_token"] != token["refresh_token"], "the refresh brought the old refresh token"
        again = self.verified(renewed["id_token"], CodeIDToken, access_token=renewed["access_token"])

        assert self.introspected(renewed["access_token"]) == {"active": True, "sub": claims["sub"]}
        answer = self.session.revoke_token(
            self.server["revocation_endpoint"], renewed["refresh_token"], token_type_hint="refresh_token"
        )
        answer.raise_for_status()
        assert self.introspected(renewed["access_token"]) == {"active": False}
        refused = self.session.get(self.server["userinfo_endpoint"])
        return {
            "idToken": claims["sub"],
            "claims": claims,
            "userinfo": user.json()["sub"],
            "refreshed": again["sub"],
            "revoked": f"{refused.status_code} {refused.reason}",
        }

    def introspected(self, token):
        answer = self.session.introspect_token(self.job["introspectionUrl"], token)
        answer.raise_for_status()
        return {name: value for name, value in answer.json().items() if name in ("active", "sub")}


if __name__ == "__main__":
    say(Party(json.loads(sys.stdin.readline())).sign_in())
