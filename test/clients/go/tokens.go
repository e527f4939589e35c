package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// tokens is what a client can do with what it got at the token endpoint: subjects, by whoever named them.
type tokens struct {
	IDToken   string         `json:"idToken"`
	Claims    map[string]any `json:"claims"`
	Userinfo  string         `json:"userinfo"`
	Refreshed string         `json:"refreshed"`
	// How the server refuses a token that was revoked.
	Revoked string `json:"revoked"`
}

// useTokens verifies, asks, refreshes and revokes. An empty nonce is not looked for.
func (p *party) useTokens(ctx context.Context, token *oauth2.Token, nonce string) (*tokens, error) {
	idToken, err := p.idTokenOf(ctx, token, nonce)
	if err != nil {
		return nil, err
	}
	result := &tokens{IDToken: idToken.Subject}
	if err := idToken.Claims(&result.Claims); err != nil {
		return nil, err
	}
	user, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, fmt.Errorf("userinfo: %w", err)
	}
	result.Userinfo = user.Subject

	renewed, err := p.config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		return nil, fmt.Errorf("refresh: %w", err)
	}
	if renewed.RefreshToken == token.RefreshToken || renewed.AccessToken == token.AccessToken {
		return nil, errors.New("the refresh brought an old token")
	}
	// OIDC Core §12.2: it should have no nonce, and if it has one, then the first one's.
	again, err := p.idTokenOf(ctx, renewed, "")
	if err != nil {
		return nil, fmt.Errorf("ID token of the refresh: %w", err)
	}
	result.Refreshed = again.Subject

	if err := p.revoke(ctx, renewed.RefreshToken); err != nil {
		return nil, err
	}
	_, err = p.provider.UserInfo(ctx, oauth2.StaticTokenSource(renewed))
	if err == nil {
		return nil, errors.New("a token that was revoked still works")
	}
	result.Revoked, _, _ = strings.Cut(err.Error(), ":")
	return result, nil
}

func (p *party) idTokenOf(ctx context.Context, token *oauth2.Token, nonce string) (*oidc.IDToken, error) {
	raw, isText := token.Extra("id_token").(string)
	if !isText {
		return nil, errors.New("there is no ID token")
	}
	idToken, err := p.verify(ctx, raw, nonce)
	if err != nil {
		return nil, err
	}
	// OIDC Core §3.1.3.6: where there is a hash, it must be this token's.
	if idToken.AccessTokenHash != "" {
		return idToken, idToken.VerifyAccessToken(token.AccessToken)
	}
	return idToken, nil
}

// revoke is RFC 7009 §2.1 by hand: neither library has it.
func (p *party) revoke(ctx context.Context, token string) error {
	form := url.Values{"token": {token}, "token_type_hint": {"refresh_token"}}
	if p.job.AuthMethod != "client_secret_basic" {
		form.Set("client_id", p.job.ClientID)
	}
	if p.job.AuthMethod == "client_secret_post" {
		form.Set("client_secret", p.job.ClientSecret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.more.Revocation, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.job.AuthMethod == "client_secret_basic" {
		request.SetBasicAuth(url.QueryEscape(p.job.ClientID), url.QueryEscape(p.job.ClientSecret))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("revocation: %s", answer.Status)
	}
	return nil
}
