-- One row per authorization with refresh tokens; a rotation changes only what stands behind.
create table refresh_families (
  authorization_id uuid primary key,
  client_id text collate "C" not null,
  expires_at timestamptz(3) not null,
  rotated_at timestamptz(3) not null,
  expires_on date not null,
  generation integer not null check (generation >= 1),
  -- How often the token before was answered again, in its grace period.
  retries integer not null default 0,
  -- The mark of the request that rotated it last.
  rotated_by uuid
) with (fillfactor = 60);

create index refresh_families_expires_on on refresh_families (expires_on);
