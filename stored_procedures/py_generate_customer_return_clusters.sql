/*
The tutorial's procedure: trains a clustering and labels the customers in one call. No model is stored, so labels can
change from call to call when the data changes; py_cluster_customers is the one to rely on. Needs scikit-learn.

    EXEC py_generate_customer_return_clusters;
    EXEC py_generate_customer_return_clusters @k = 5;
*/
CREATE OR ALTER PROCEDURE dbo.py_generate_customer_return_clusters
    @k int = 4,
    @seed int = 111
WITH EXECUTE AS OWNER
AS
BEGIN
    SET NOCOUNT ON;
    EXEC sp_execute_external_script
        @language = N'Python',
        @script = N'
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

features = ["orderRatio", "itemsRatio", "monetaryRatio", "frequency"]
if len(InputDataSet) < k:
    raise ValueError("{} customers cannot make {} clusters".format(len(InputDataSet), k))
values = np.array(InputDataSet[features], dtype=np.float64)
usable = np.isfinite(values).all(axis=1)
if not usable.all():
    named = ", ".join([str(key) for key in InputDataSet["customer"].values[~usable][:5]])
    raise ValueError("NULL or infinite features for {} customer(s): {}".format((~usable).sum(), named))
labels = KMeans(n_clusters=k, random_state=seed, n_init=10).fit(values).labels_
OutputDataSet = pd.DataFrame(values, columns=features)
OutputDataSet.insert(0, "customer", InputDataSet["customer"].values)
OutputDataSet["cluster"] = labels.astype(np.int32)
',
        @input_data_1 = N'
SELECT CAST(f.customer AS varchar(20)) AS customer,
       CAST(f.orderRatio AS float) AS orderRatio,
       CAST(f.itemsRatio AS float) AS itemsRatio,
       CAST(f.monetaryRatio AS float) AS monetaryRatio,
       CAST(f.frequency AS float) AS frequency
FROM dbo.customer_return_features AS f
ORDER BY f.customer',
        @params = N'@k int, @seed int',
        @k = @k,
        @seed = @seed
    WITH RESULT SETS
    ((
        Customer bigint NOT NULL,
        orderRatio float NOT NULL,
        itemsRatio float NOT NULL,
        monetaryRatio float NOT NULL,
        frequency float NOT NULL,
        cluster int NOT NULL
    ));
END;
