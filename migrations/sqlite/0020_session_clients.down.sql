drop index authorizations_subject_page;
drop table session_clients;
