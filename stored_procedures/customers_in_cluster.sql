/*
The tutorial's last step: the e-mail addresses of the customers in one cluster, as stored by store_customer_clusters.

    EXEC dbo.customers_in_cluster @cluster = 3;
*/
CREATE OR ALTER PROCEDURE dbo.customers_in_cluster
    @cluster int
AS
BEGIN
    SET NOCOUNT ON;
    SELECT people.c_email_address, people.c_customer_sk
    FROM dbo.customer AS people
         JOIN dbo.py_customer_clusters AS clusters ON clusters.Customer = people.c_customer_sk
    WHERE clusters.cluster = @cluster
    ORDER BY people.c_customer_sk;
END;
