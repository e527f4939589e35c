package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// found is what the test is told of a sign-in through the browser.
type found struct {
	// What came through the browser, by name.
	Delivered []string `json:"delivered"`
	// Subjects, by whoever named them.
	FrontChannel string `json:"frontChannel,omitempty"`
	*tokens
}

// signIn prints where the browser is to go, and reads where it came back to.
func (p *party) signIn(ctx context.Context) (any, error) {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(nonce),
		oauth2.SetAuthURLParam("response_type", p.job.ResponseType),
	}
	asksCode := strings.Contains(p.job.ResponseType, "code")
	if asksCode {
		options = append(options, oauth2.S256ChallengeOption(verifier))
	}
	if err := say(map[string]string{"visit": p.config.AuthCodeURL(state, options...)}); err != nil {
		return nil, err
	}
	if !p.lines.Scan() {
		return nil, errors.New("nobody came back")
	}
	told, err := p.answer(p.lines.Text(), state)
	if err != nil {
		return nil, err
	}
	result := found{}
	for name := range told {
		result.Delivered = append(result.Delivered, name)
	}
	if raw := told.Get("id_token"); raw != "" {
		idToken, err := p.verify(ctx, raw, nonce)
		if err != nil {
			return nil, fmt.Errorf("ID token of the browser: %w", err)
		}
		if err := checkHashes(idToken, told); err != nil {
			return nil, err
		}
		result.FrontChannel = idToken.Subject
	}
	if !asksCode {
		return result, nil
	}
	token, err := p.config.Exchange(ctx, told.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, err
	}
	result.tokens, err = p.useTokens(ctx, token, nonce)
	return result, err
}

// answer holds what came back against RFC 6749 §4.1.2 and RFC 9207 §2.4.
func (p *party) answer(line, state string) (url.Values, error) {
	place, err := url.Parse(line)
	if err != nil {
		return nil, err
	}
	// OAuth 2.0 Multiple Response Types §5: whatever is no bare code comes in the fragment.
	text := place.RawQuery
	if p.job.ResponseType != "code" {
		text = place.EscapedFragment()
	}
	told, err := url.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	if told.Get("error") != "" {
		return nil, fmt.Errorf("%s: %s", told.Get("error"), told.Get("error_description"))
	}
	if told.Get("state") != state {
		return nil, errors.New("the state is another's")
	}
	if p.more.NamesIssuer && told.Get("iss") != p.job.Issuer {
		return nil, fmt.Errorf("the answer is of the issuer %q", told.Get("iss"))
	}
	return told, nil
}

// verify believes signature, issuer, audience and time, and the nonce unless it is empty.
func (p *party) verify(ctx context.Context, raw, nonce string) (*oidc.IDToken, error) {
	idToken, err := p.provider.Verifier(&oidc.Config{ClientID: p.job.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if nonce != "" && idToken.Nonce != nonce {
		return nil, errors.New("the nonce is another's")
	}
	return idToken, nil
}

// checkHashes binds what came beside the ID token to it (OIDC Core §3.2.2.9, §3.3.2.10).
func checkHashes(idToken *oidc.IDToken, told url.Values) error {
	if token := told.Get("access_token"); token != "" {
		if err := idToken.VerifyAccessToken(token); err != nil {
			return err
		}
	}
	if code := told.Get("code"); code != "" {
		var claims struct {
			CodeHash string `json:"c_hash"`
		}
		if err := idToken.Claims(&claims); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(code))
		if claims.CodeHash != base64.RawURLEncoding.EncodeToString(sum[:16]) {
			return errors.New("the code is not the one that the ID token names")
		}
	}
	return nil
}
