drop index keys_follows;
alter table keys drop column signs_from;
alter table keys drop column chosen_at;
alter table keys drop column tokens_until;
alter table keys drop column follows;
alter table keys drop column signs;
