create table keys (
  set_name text collate "C" not null,
  kid text collate "C" not null,
  created_at timestamptz(3) not null,
  algorithm text not null,
  use text not null,
  -- The key that was made because its set had none.
  is_first boolean not null,
  public_jwk text not null,
  private_jwk bytea not null,
  primary key (set_name, kid)
);

-- Of any number of processes that found a set at once, one wins.
create unique index keys_first on keys (set_name) where is_first;
