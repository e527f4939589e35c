drop table trusted_issuers;
