drop table login_sessions;
