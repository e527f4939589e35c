-- Whose JWTs are a grant (RFC 7523 §2.1): a key that speaks for one subject of its issuer, or for any.
create table trusted_issuers (
  id uuid primary key,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  any_subject boolean not null,
  issuer text collate "C" not null,
  -- Empty: any subject.
  subject text collate "C" not null,
  kid text collate "C" not null,
  scope text not null,
  -- The public members of the key, JSON.
  public_jwk text not null,
  unique (issuer, subject, kid)
);

create index trusted_issuers_created_at on trusted_issuers (created_at, id);
create index trusted_issuers_expires_at on trusted_issuers (expires_at);
