-- Runs once, when the cluster is made: the role of the site, which is no superuser, and its database.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/database_password`
CREATE ROLE agora LOGIN PASSWORD :'password';
CREATE DATABASE agora OWNER agora;
