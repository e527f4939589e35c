-- Keys this server signs with.
create table keys (
  set_name text not null,
  kid text not null,
  algorithm text not null,
  use text not null,
  created_at integer not null,
  is_first integer not null,
  public_jwk text not null,
  private_jwk blob not null, -- sealed
  primary key (set_name, kid)
) strict;

-- Of any number that found a set at once, one adds its first key.
create unique index keys_first on keys (set_name) where is_first = 1;
