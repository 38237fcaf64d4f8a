/*
Trains the model inside the database and gives it back as an artifact, which push_model stores. The bytes are those
that model/train.py and model/artifact.py make from the same rows with the same libraries. Needs scikit-learn.

    DECLARE @artifact varbinary(max), @version int;
    EXEC dbo.train_customer_model @artifact = @artifact OUTPUT;
    EXEC dbo.push_model @artifact = @artifact, @version = @version OUTPUT;
    EXEC dbo.activate_model @version = @version;
*/
CREATE OR ALTER PROCEDURE dbo.train_customer_model
    @model_name sysname = N'customer_returns',
    @k int = 4,
    @seed int = 111,
    @n_init int = 10,
    @artifact varbinary(max) = NULL OUTPUT
WITH EXECUTE AS OWNER
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @name nvarchar(128) = @model_name, @query_sha256 varchar(64);
    SET @artifact = NULL;
    SELECT @query_sha256 = sha256 FROM dbo.training_query;
    IF @query_sha256 IS NULL
        THROW 50007, 'The view dbo.customer_return_features is missing, or its text may not be read.', 1;

    EXEC sp_execute_external_script
        @language = N'Python',
        @script = N'
import hashlib
import json
import platform

import numpy as np
import sklearn
from sklearn.cluster import KMeans

try:
    from threadpoolctl import threadpool_limits
except ImportError:
    threadpool_limits = None

model = b""
features = ["orderRatio", "itemsRatio", "monetaryRatio", "frequency"]
if len(InputDataSet) == 0:
    raise ValueError("there are no customers to train on")
values = np.array(InputDataSet[features], dtype=np.float64)
usable = np.isfinite(values).all(axis=1)
if not usable.all():
    named = ", ".join([str(key) for key in InputDataSet["customer"].values[~usable][:5]])
    raise ValueError("NULL or infinite features for {} customer(s): {}".format((~usable).sum(), named))
distinct = len(np.unique(values, axis=0))
if not 1 <= k <= distinct:
    raise ValueError("k = {} must be 1 to {}, the number of distinct customers".format(k, distinct))

estimator = KMeans(n_clusters=k, random_state=seed, n_init=n_init)
if threadpool_limits is None:
    estimator.fit(values)
else:
    # One thread: with several the order of additions, and so the last bits of the centres, would vary.
    with threadpool_limits(limits=1):
        estimator.fit(values)

manifest = {
    "centroids": np.array(estimator.cluster_centers_, dtype=np.float64).tolist(),
    "features": features,
    "format": "insitu.kmeans/1",
    "inertia": float(estimator.inertia_),
    "k": int(k),
    "libraries": {
        "numpy": np.__version__,
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
    },
    "n_init": int(n_init),
    "name": name,
    "row_count": len(values),
    "seed": int(seed),
    "sizes": [int(size) for size in np.bincount(estimator.labels_, minlength=k)],
    "training_query_sha256": query_sha256,
}
text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
body = text.encode("ascii")
model = b"INSITU" + bytes([0, 1]) + hashlib.sha256(body).digest() + body
',
        @input_data_1 = N'
SELECT CAST(f.customer AS varchar(20)) AS customer,
       CAST(f.orderRatio AS float) AS orderRatio,
       CAST(f.itemsRatio AS float) AS itemsRatio,
       CAST(f.monetaryRatio AS float) AS monetaryRatio,
       CAST(f.frequency AS float) AS frequency
FROM dbo.customer_return_features AS f
ORDER BY f.customer',
        @params = N'@k int, @seed int, @n_init int, @name nvarchar(128), @query_sha256 varchar(64),
                    @model varbinary(max) OUTPUT',
        @k = @k,
        @seed = @seed,
        @n_init = @n_init,
        @name = @name,
        @query_sha256 = @query_sha256,
        @model = @artifact OUTPUT;
END;
