-- Whose JWTs are a grant (RFC 7523 §2.1): a key that speaks for one subject of its issuer, or for any.
create table trusted_issuers (
  id blob primary key not null check (length(id) = 16),
  issuer text not null,
  subject text not null, -- empty: any subject
  kid text not null,
  any_subject integer not null,
  scope text not null,
  public_jwk text not null, -- the public members of the key, JSON
  created_at integer not null,
  expires_at integer not null,
  unique (issuer, subject, kid)
) strict;

create index trusted_issuers_created on trusted_issuers (created_at, id);
create index trusted_issuers_expiry on trusted_issuers (expires_at);
