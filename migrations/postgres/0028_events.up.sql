-- What has changed, each row written by the statement that changes it. Read in the order of (transaction_id, id), and
-- only below the oldest transaction that still runs: an ascending number alone would pass over what commits late. Dated
-- by the database's clock, which all instances share; rows go from the front when they are old.
create table events (
  transaction_id xid8 not null default pg_current_xact_id(),
  id bigint not null generated always as identity,
  at timestamptz(3) not null default now(),
  type text not null,
  facts text not null,
  primary key (transaction_id, id)
);
