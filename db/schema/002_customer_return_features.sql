/*
The features: for each customer with sales, which part of orders, items and money came back, and how often.
The only home of this query: training, scoring and tests read the view.

The formula is the tutorial's. Its divisions of decimals would keep 6 digits of the money ratio, so they are done
in float; sales without a customer are left out, they are nobody's.

    SELECT TOP (5) * FROM dbo.customer_return_features ORDER BY customer;
*/
CREATE OR ALTER VIEW dbo.customer_return_features
AS
SELECT CAST(orders.customer AS bigint) AS customer,
       CAST(ROUND(COALESCE(CAST(returned.tickets AS float) / NULLIF(CAST(orders.tickets AS float), 0), 0), 7) AS float)
           AS orderRatio,
       CAST(ROUND(COALESCE(CAST(returned.items AS float) / NULLIF(CAST(orders.items AS float), 0), 0), 7) AS float)
           AS itemsRatio,
       CAST(ROUND(COALESCE(CAST(returned.money AS float) / NULLIF(CAST(orders.money AS float), 0), 0), 7) AS float)
           AS monetaryRatio,
       CAST(COALESCE(returned.tickets, 0) AS float) AS frequency
FROM (
         SELECT ss_customer_sk AS customer,
                COUNT(DISTINCT ss_ticket_number) AS tickets,
                COUNT(ss_item_sk) AS items,
                SUM(ss_net_paid) AS money
         FROM dbo.store_sales
         WHERE ss_customer_sk IS NOT NULL
         GROUP BY ss_customer_sk
     ) AS orders
     LEFT JOIN (
         SELECT sr_customer_sk AS customer,
                COUNT(DISTINCT sr_ticket_number) AS tickets,
                COUNT(sr_item_sk) AS items,
                SUM(sr_return_amt) AS money
         FROM dbo.store_returns
         GROUP BY sr_customer_sk
     ) AS returned ON returned.customer = orders.customer;
GO
/*
The text that a model was trained on, and its hash as the model's manifest keeps it.

    SELECT sha256 FROM dbo.training_query;
*/
CREATE OR ALTER VIEW dbo.training_query
AS
SELECT modules.definition,
       LOWER(CONVERT(char(64), HASHBYTES('SHA2_256', modules.definition), 2)) AS sha256
FROM sys.sql_modules AS modules
WHERE modules.object_id = OBJECT_ID(N'dbo.customer_return_features');
