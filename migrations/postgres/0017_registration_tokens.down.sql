alter table clients drop column registration_digest;
