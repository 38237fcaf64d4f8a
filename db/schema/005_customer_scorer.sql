/*
The role of an analyst: may score customers with EXEC dbo.py_cluster_customers, and nothing else. The procedure runs as
its owner, so that a member needs no right to the tables, the models or scripts of one's own.

    CREATE USER analyst FOR LOGIN analyst;
    ALTER ROLE customer_scorer ADD MEMBER analyst;
*/
IF DATABASE_PRINCIPAL_ID(N'customer_scorer') IS NULL
    CREATE ROLE customer_scorer AUTHORIZATION dbo;
