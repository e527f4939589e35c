drop index keys_follows;
alter table keys
  drop column signs_from, drop column chosen_at, drop column tokens_until, drop column follows, drop column signs;
