/** What each command looks like in use: shown below its flags. A line is a command, or a remark that begins with #. */

export const examples: Readonly<Record<string, readonly string[]>> = {
  start: ["tessera start", "tessera start --data /tmp/trial --port-demo 8080"],
  "serve all": [
    "# To try: nothing is kept, and http will do.",
    "DSN=memory tessera serve all --dev",
    "# In production, with Hydra's own file or variables.",
    "tessera serve all -c config.yml",
  ],
  "serve public": ["tessera serve public -c config.yml"],
  "serve admin": ["tessera serve admin -c config.yml"],
  host: ["tessera host -c config.yml"],
  "migrate sql": ["tessera migrate sql -e --yes"],
  "migrate sql up": [
    "tessera migrate sql up postgres://tessera@localhost/tessera",
    "# In a job: the DSN comes from the environment, and nobody is asked.",
    "tessera migrate sql up -e --yes",
  ],
  "migrate sql down": [
    "# First see what would be lost.",
    "tessera migrate sql down -e --steps 1 --dry-run",
    "tessera migrate sql down -e --steps 1 --yes",
  ],
  "migrate sql status": [
    "tessera migrate sql status -e",
    "# Wait in a job until the schema is there.",
    "tessera migrate sql status -e --block",
  ],
  "migrate status": ["tessera migrate status -e"],
  janitor: [
    "tessera janitor -e --tokens --requests --grants",
    "tessera janitor postgres://tessera@localhost/tessera --tokens --keep-if-younger 24h --dry-run",
  ],
  "create oauth2-client": [
    "# A web application whose users sign in.",
    "tessera create client --name Shop --grant-type authorization_code,refresh_token \\",
    "  --scope openid,offline --redirect-uri https://shop.example/callback",
    "# A machine; only its secret is printed.",
    "tessera create client --id robot --grant-type client_credentials --format jsonpath=client_secret",
    "# As JSON, which keeps a chosen secret out of the list of processes.",
    "tessera create client --file client.json",
  ],
  "get oauth2-client": ["tessera get client robot", "tessera get clients robot shop --format yaml"],
  "list oauth2-client": [
    "tessera list clients --page-size 20",
    "tessera list clients --page-size 20 --page-token TOKEN",
    "tessera list clients --format 'jsonpath=items.#(owner==\"me\")#.client_id'",
  ],
  "update oauth2-client": [
    "tessera update client robot --scope read,write",
    "tessera update client robot --file client.json",
  ],
  "delete oauth2-client": [
    "# First see whether they are there.",
    "tessera delete clients robot shop --dry-run",
    "tessera delete clients robot shop",
  ],
  "delete access-tokens": ["tessera delete access-tokens robot"],
  "import oauth2-client": [
    "tessera import clients clients.json more.jsonl --dry-run",
    "tessera list clients --format json -e http://old:4445 | tessera import clients -",
  ],
  "import hydra": ["tessera import hydra postgres://hydra@localhost/hydra --dry-run"],
  "create api-key": ["tessera create api-key --name monitoring --scope read --expires-in 2160h"],
  "list api-key": ["tessera list api-keys"],
  "delete api-key": ["tessera delete api-key 3f1c9a40-8d0e-4f39-9f2b-6a4d1c0f7b11"],
  "create jwk": [
    "tessera create jwk my-set --alg ES256",
    "tessera create jwk my-set my-key --alg RS256 --use sig --public",
  ],
  "get jwk": [
    "tessera get jwk my-set --public --format json-pretty",
    "# The keys that sign tokens are published here too.",
    "tessera get jwk openid.id-token --public",
  ],
  "delete jwk": ["tessera delete jwk my-set --dry-run", "tessera delete jwk my-set"],
  "import jwk": [
    "tessera import jwk my-set key.pem --alg ES256",
    "openssl genpkey -algorithm ed25519 | tessera import jwk my-set --alg EdDSA",
  ],
  "create trusted-issuer": [
    "tessera create trusted-issuer --issuer https://issuer.example --subject alice \\",
    "  --key public.pem --kid key-1 --alg ES256 --scope read --expires-in 2160h",
  ],
  "get trusted-issuer": ["tessera get trusted-issuer 3f1c9a40-8d0e-4f39-9f2b-6a4d1c0f7b11"],
  "list trusted-issuer": ["tessera list trusted-issuers --issuer https://issuer.example"],
  "delete trusted-issuer": ["tessera delete trusted-issuer 3f1c9a40-8d0e-4f39-9f2b-6a4d1c0f7b11"],
  "list consent-session": ["tessera list consents alice"],
  "delete consent-session": [
    "tessera delete consents --subject alice --client shop --dry-run",
    "tessera delete consents --subject alice --all",
  ],
  "list login-session": ["tessera list login-sessions --subject alice"],
  "delete login-session": [
    "tessera delete login-sessions --client shop --dry-run",
    "tessera delete login-sessions --subject alice",
  ],
  "perform client-credentials": [
    "export OAUTH2_CLIENT_ID=robot OAUTH2_CLIENT_SECRET=...",
    "tessera perform client-credentials --scope read",
    'curl -H "Authorization: Bearer $(tessera perform client-credentials -q)" https://api.example/',
  ],
  "perform authorization-code": [
    "# The client's redirect URI is http://127.0.0.1:4446/callback.",
    "tessera perform authorization-code --client-id shop --scope openid,offline",
  ],
  "perform device-code": ["tessera perform device-code --client-id tv --scope openid"],
  "introspect token": [
    "tessera introspect token $TOKEN",
    "tessera introspect token $TOKEN --scope read,write --format json-pretty",
  ],
  "revoke token": ["OAUTH2_CLIENT_ID=robot OAUTH2_CLIENT_SECRET=... tessera revoke token $TOKEN"],
  version: ["tessera version"],
  completion: [
    "source <(tessera completion bash)      # in ~/.bashrc",
    "source <(tessera completion zsh)       # in ~/.zshrc, behind compinit",
    "tessera completion fish | source       # in ~/.config/fish/config.fish",
    "tessera completion powershell | Out-String | Invoke-Expression   # in $PROFILE",
  ],
  help: ["tessera help create client", "tessera help formats"],
};
