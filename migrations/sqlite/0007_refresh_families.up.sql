-- One per authorization that may be refreshed, and it goes with it: no expiry index, so that a rotation is one write.
create table refresh_families (
  authorization_id blob primary key not null references authorizations (id) on delete cascade,
  generation integer not null,
  rotated_at integer not null,
  expires_at integer not null,
  retries integer not null default 0 -- how often the token before was answered again, in its grace period
) strict, without rowid;
