-- Who does a chore now. One row a chore, for ever.
create table leases (
  chore text primary key not null,
  holder blob not null check (length(holder) = 16),
  expires_at integer not null
) strict, without rowid;
