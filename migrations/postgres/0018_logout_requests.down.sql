alter table authorizations drop column signed_out;
drop table logout_requests;
