-- A row is changed three or four times in half an hour: what never changes stands in front, which keeps the records of
-- the log short, and half of each page is left free, so that no change touches an index.
create table flows (
  id uuid primary key,
  client_number bigint not null,
  requested_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  client_id text collate "C" not null,
  cookie_digest bytea not null check (octet_length(cookie_digest) = 32),
  login_skipped_at timestamptz(3),
  login_skipped_subject text,
  request bytea not null,
  state text not null check (
    state in ('login_asked', 'login_answered', 'consent_asked', 'consent_answered', 'done', 'refused')
  ),
  session_id uuid not null,
  based_on uuid,
  -- Null until consent is asked.
  consent_skip boolean,
  finished_by uuid,
  login bytea,
  consent bytea,
  check ((login_skipped_at is null) = (login_skipped_subject is null))
) with (fillfactor = 50);

-- Sealed bytes do not become smaller.
alter table flows
  alter column request set storage external,
  alter column login set storage external,
  alter column consent set storage external;

create index flows_expires_at on flows (expires_at);
