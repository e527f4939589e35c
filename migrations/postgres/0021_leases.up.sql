-- Who does a chore now. One row a chore, for ever.
create table leases (
  chore text primary key,
  expires_at timestamptz(3) not null,
  holder uuid not null
) with (fillfactor = 20);
