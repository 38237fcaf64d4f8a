/*
Scores all customers (or one) and replaces their rows in dbo.py_customer_clusters, in one transaction.

    DECLARE @rows int;
    EXEC dbo.store_customer_clusters @rows = @rows OUTPUT;
    SELECT @rows AS customers_scored;
*/
CREATE OR ALTER PROCEDURE dbo.store_customer_clusters
    @model_name sysname = N'customer_returns',
    @version int = NULL,
    @customer bigint = NULL,
    @skip_unusable bit = 0,
    @rows int = NULL OUTPUT,
    @skipped int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    DECLARE @scored_at datetime2(3) = SYSUTCDATETIME();
    SET @rows = NULL;

    -- Decided once and handed on, so that the rows name the version that made them.
    IF @version IS NULL
        SELECT @version = version FROM dbo.active_models WHERE model_name = @model_name;

    CREATE TABLE #scored
    (
        customer      bigint NOT NULL,
        orderRatio    float  NOT NULL,
        itemsRatio    float  NOT NULL,
        monetaryRatio float  NOT NULL,
        frequency     float  NOT NULL,
        cluster       int    NOT NULL
    );
    INSERT INTO #scored (customer, orderRatio, itemsRatio, monetaryRatio, frequency, cluster)
    EXEC dbo.py_cluster_customers
        @model_name = @model_name,
        @version = @version,
        @customer = @customer,
        @skip_unusable = @skip_unusable,
        @skipped = @skipped OUTPUT;

    BEGIN TRANSACTION;
    DELETE FROM dbo.py_customer_clusters WHERE @customer IS NULL OR Customer = @customer;
    INSERT INTO dbo.py_customer_clusters
        (Customer, OrderRatio, itemsRatio, monetaryRatio, frequency, cluster, model_name, model_version, scored_at)
    SELECT customer, orderRatio, itemsRatio, monetaryRatio, frequency, cluster, @model_name, @version, @scored_at
    FROM #scored;
    SET @rows = @@ROWCOUNT;
    COMMIT TRANSACTION;
END;
