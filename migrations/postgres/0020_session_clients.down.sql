drop index authorizations_subject;
drop index authorizations_session_id;
drop index login_sessions_subject;
drop table session_clients;
