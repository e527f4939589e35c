-- What has changed, each row written together with the change. One writer: the ids ascend as it happened. Rows go from
-- the front when they are old, but never the last one: so no id is given twice.
create table events (
  id integer primary key,
  at integer not null default (cast(unixepoch('subsec') * 1000 as integer)),
  type text not null,
  facts text not null
) strict;
