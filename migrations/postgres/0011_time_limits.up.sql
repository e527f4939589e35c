-- Limits of time for whoever serves from this database, set here because poolers refuse them at connection start.
-- A role that is not the migrator's own gets them from its administrator.
do $$
begin
  execute format('alter role current_user in database %I set statement_timeout = %L', current_database(), '60s');
  execute format('alter role current_user in database %I set lock_timeout = %L', current_database(), '4s');
  execute format(
    'alter role current_user in database %I set idle_in_transaction_session_timeout = %L', current_database(), '60s'
  );
exception
  when insufficient_privilege then raise notice 'The time limits of the role are left as they are.';
end
$$;
