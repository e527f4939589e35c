drop table refresh_families;
