// A relying party that shares nothing with the server it tests: golang.org/x/oauth2 and coreos/go-oidc.
//
// It reads one line of JSON, writes lines of JSON, and says what it found at the end; what the libraries do not
// believe ends it with an error.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type job struct {
	Flow         string   `json:"flow"`
	Issuer       string   `json:"issuer"`
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	AuthMethod   string   `json:"authMethod"`
	RedirectURL  string   `json:"redirectUrl"`
	ResponseType string   `json:"responseType"`
	Scopes       []string `json:"scopes"`
}

// party is what the discovery document makes of a job.
type party struct {
	job      job
	provider *oidc.Provider
	config   *oauth2.Config
	more     struct {
		Revocation  string `json:"revocation_endpoint"`
		NamesIssuer bool   `json:"authorization_response_iss_parameter_supported"`
	}
	lines *bufio.Scanner
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	found, err := run(ctx)
	if err == nil {
		err = say(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (any, error) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return nil, errors.New("there is no job")
	}
	p := &party{lines: lines}
	if err := json.Unmarshal(lines.Bytes(), &p.job); err != nil {
		return nil, err
	}
	provider, err := oidc.NewProvider(ctx, p.job.Issuer)
	if err != nil {
		return nil, err
	}
	p.provider = provider
	if err := provider.Claims(&p.more); err != nil {
		return nil, err
	}
	p.config = &oauth2.Config{
		ClientID:     p.job.ClientID,
		ClientSecret: p.job.ClientSecret,
		Endpoint:     provider.Endpoint(),
		RedirectURL:  p.job.RedirectURL,
		Scopes:       p.job.Scopes,
	}
	switch p.job.Flow {
	case "browser":
		return p.signIn(ctx)
	case "device":
		return p.connectDevice(ctx)
	default:
		return nil, fmt.Errorf("unknown flow %q", p.job.Flow)
	}
}

func say(what any) error {
	return json.NewEncoder(os.Stdout).Encode(what)
}
