drop table authorizations;
