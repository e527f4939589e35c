-- What hangs from an authorization names it and is judged by joining it, so ending one is one update. There are no
-- foreign keys: each would lock and rewrite the row that a thousand tokens name.
create table authorizations (
  id uuid primary key,
  session_id uuid not null,
  based_on uuid,
  created_at timestamptz(3) not null,
  remember_until timestamptz(3),
  skipped boolean not null,
  client_id text collate "C" not null,
  subject text not null,
  -- Separated by spaces.
  granted_scope text not null,
  -- JSON array.
  granted_audience text not null,
  facts bytea not null,
  -- Null when there are no claims.
  access_token_claims bytea,
  id_token_claims bytea,
  expires_at timestamptz(3) not null,
  expires_on date not null,
  revoked_at timestamptz(3)
) with (fillfactor = 90);

alter table authorizations
  alter column facts set storage external,
  alter column access_token_claims set storage external,
  alter column id_token_claims set storage external;

create index authorizations_client_id_subject on authorizations (client_id, subject);
create index authorizations_expires_on on authorizations (expires_on);
