-- What a PostgreSQL cluster holds (schema/report/inventory.h), whatever gitomatic's schema is.

-- name: inventory_databases
-- returns: name text
select datname::text from pg_database where datallowconn and datname <> 'template1' order by datname collate "C";

-- name: inventory_closed
-- returns: n bigint
-- Databases that allow no connections.
select count(*) from pg_database where not datallowconn and datname <> 'template0';

-- name: inventory_tables
-- returns: name text, migrations boolean
-- The names as SQL reads them.
select format('%I.%I', n.nspname, c.relname), n.nspname = 'public' and c.relname = 'schema_migrations'
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence in ('p', 'u') and n.nspname <> 'information_schema' and not starts_with(n.nspname, 'pg_')
 order by n.nspname collate "C", c.relname collate "C";

-- name: inventory_settings
-- returns: setting text
-- Those that its configuration files set.
select name || ' = ' || current_setting(name) from pg_settings where source = 'configuration file' order by name collate "C";

-- name: inventory_tablespaces
-- returns: n bigint
select count(*) from pg_tablespace where not starts_with(spcname, 'pg_');
