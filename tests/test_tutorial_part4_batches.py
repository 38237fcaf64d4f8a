"""A script as a person writes it after part 4 of the tutorial, sent batch by batch through each driver."""

import pytest

from db.connection import Connection
from db.connection_string import render
from db.scripts import split_batches
from tests.feature_judge import TUTORIAL

SCRIPT = """
DROP PROCEDURE IF EXISTS [dbo].[my_customer_return_clusters];
GO
CREATE procedure [dbo].[my_customer_return_clusters]
AS

BEGIN
    DECLARE

-- the query that gathers what the customers bought and returned
    @input_query NVARCHAR(MAX) = N'
SELECT
  ss_customer_sk AS customer,
  CAST( (ROUND(COALESCE(returns_count / NULLIF(1.0*orders_count, 0), 0), 7) ) AS FLOAT) AS orderRatio,
  CAST( (ROUND(COALESCE(returns_items / NULLIF(1.0*orders_items, 0), 0), 7) ) AS FLOAT) AS itemsRatio,
  CAST( (ROUND(COALESCE(returns_money / NULLIF(1.0*orders_money, 0), 0), 7) ) AS FLOAT) AS monetaryRatio,
  CAST( (COALESCE(returns_count, 0)) AS FLOAT) AS frequency
FROM
  (
    SELECT
      ss_customer_sk,
      COUNT(distinct(ss_ticket_number)) AS orders_count,
      COUNT(ss_item_sk) AS orders_items,
      SUM( ss_net_paid ) AS orders_money
    FROM store_sales s
    GROUP BY ss_customer_sk
  ) orders
  LEFT OUTER JOIN
  (
    SELECT
      sr_customer_sk,
      count(distinct(sr_ticket_number)) as returns_count,
      COUNT(sr_item_sk) as returns_items,
      SUM( sr_return_amt ) AS returns_money
    FROM store_returns
    GROUP BY sr_customer_sk
  ) returned ON ss_customer_sk=sr_customer_sk
 '
EXEC sp_execute_external_script
      @language = N'Python'
    , @script = N'

import pandas as pd
from sklearn.cluster import KMeans

#get data from input query
customer_data = my_input_data

#We concluded in step 2 in the tutorial that 4 would be a good number of clusters
n_clusters = 4

#Perform clustering
est = KMeans(n_clusters=n_clusters, random_state=111, n_init=10).fit(
    customer_data[["orderRatio","itemsRatio","monetaryRatio","frequency"]])
clusters = est.labels_
customer_data["cluster"] = clusters

OutputDataSet = customer_data
'
    , @input_data_1 = @input_query
    , @input_data_1_name = N'my_input_data'
             with result sets (("Customer" int, "orderRatio" float,"itemsRatio" float,"monetaryRatio" float,
                                "frequency" float,"cluster" float));
END;
GO
--Create a table to store the predictions in
DROP TABLE IF EXISTS [dbo].[my_customer_clusters];

CREATE TABLE [dbo].[my_customer_clusters] (
    [Customer] [bigint] NULL
  , [OrderRatio] [float] NULL
  , [itemsRatio] [float] NULL
  , [monetaryRatio] [float] NULL
  , [frequency] [float] NULL
  , [cluster] [int] NULL
  ,
    ) ON [PRIMARY]
GO
--Execute the clustering and insert results into table
INSERT INTO my_customer_clusters
EXEC [dbo].[my_customer_return_clusters];
go
-- Select contents of the table to verify it works
SELECT * FROM my_customer_clusters;
GO
--Get email addresses of customers in the biggest cluster
DECLARE @biggest int
SELECT TOP 1 @biggest = cluster FROM my_customer_clusters GROUP BY cluster ORDER BY COUNT(*) DESC
SELECT customer.[c_email_address], customer.c_customer_sk
  FROM dbo.customer
  JOIN
  [dbo].[my_customer_clusters] as c
  ON c.Customer = customer.c_customer_sk
  WHERE c.cluster = @biggest
"""


@pytest.fixture
def results(tutorial, driver_parts):
    with Connection(render({**driver_parts, "Database": tutorial[0].database})) as connection:
        yield [connection.run(batch.text) for batch in split_batches(SCRIPT)]


def test_the_script_runs_batch_by_batch(results):
    assert len(results) == 6
    assert results[3].row_count == 37_336
    columns, rows = results[4].result_sets[0].columns, results[4].result_sets[0].rows
    assert columns == ("Customer", "OrderRatio", "itemsRatio", "monetaryRatio", "frequency", "cluster")
    sizes = {}
    for row in rows:
        sizes.setdefault(row[5], []).append(row)
    assert {len(group) for group in sizes.values()} == TUTORIAL.keys()
    for group in sizes.values():
        means = [sum(row[column] for row in group) / len(group) for column in range(1, 5)]
        assert means == pytest.approx(TUTORIAL[len(group)], abs=1.1e-6)
    emails = results[5].result_sets[-1].rows
    assert len(emails) == 31_675
    assert all("@" in email for email, _ in emails)
