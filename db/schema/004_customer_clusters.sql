/*
The cluster of each customer: the tutorial's columns, and which version of which model said so, and when.

    SELECT TOP (5) * FROM dbo.py_customer_clusters;
*/
CREATE TABLE dbo.py_customer_clusters
(
    Customer      bigint       NOT NULL CONSTRAINT PK_py_customer_clusters PRIMARY KEY,
    OrderRatio    float        NOT NULL,
    itemsRatio    float        NOT NULL,
    monetaryRatio float        NOT NULL,
    frequency     float        NOT NULL,
    cluster       int          NOT NULL,
    model_name    sysname      NOT NULL CONSTRAINT DF_py_customer_clusters_model_name DEFAULT N'customer_returns',
    model_version int          NULL,
    scored_at     datetime2(3) NOT NULL CONSTRAINT DF_py_customer_clusters_scored_at DEFAULT SYSUTCDATETIME()
);
GO
/*
The tutorial's last table: size and means of each cluster.

    SELECT * FROM dbo.customer_cluster_summary ORDER BY cluster;
*/
CREATE OR ALTER VIEW dbo.customer_cluster_summary
AS
SELECT cluster,
       COUNT(*) AS customers,
       AVG(OrderRatio) AS orderRatio,
       AVG(itemsRatio) AS itemsRatio,
       AVG(monetaryRatio) AS monetaryRatio,
       AVG(frequency) AS frequency
FROM dbo.py_customer_clusters
GROUP BY cluster;
