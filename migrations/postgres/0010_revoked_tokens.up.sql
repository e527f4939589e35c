-- JWT access tokens that were ended alone, until they would have expired.
create table revoked_tokens (
  jti text collate "C" primary key,
  expires_at timestamptz(3) not null
);

create index revoked_tokens_expires_at on revoked_tokens (expires_at);
