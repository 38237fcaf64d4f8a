/*
The cluster of each customer with sales, by the active version of the model (or the one given), computed inside the
database. The customer's key travels as text, because a bigint reaches Python as float64.

Members of the role customer_scorer may call it: it runs as its owner, who may run scripts and read the tables.

A customer with NULL or infinite features is refused by name; with @skip_unusable = 1 such customers are left out,
and @skipped says how many.

    EXEC py_cluster_customers;
    EXEC py_cluster_customers @customer = 97643;
    EXEC py_cluster_customers @version = 1, @skip_unusable = 1;
*/
CREATE OR ALTER PROCEDURE dbo.py_cluster_customers
    @model_name sysname = N'customer_returns',
    @version int = NULL,
    @customer bigint = NULL,
    @skip_unusable bit = 0,
    @skipped int = NULL OUTPUT
WITH EXECUTE AS OWNER
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @artifact varbinary(max), @manifest nvarchar(max), @status varchar(20), @problem nvarchar(2048),
            @query nvarchar(max);

    IF @version IS NULL
        SELECT @version = version FROM dbo.active_models WHERE model_name = @model_name;
    IF @version IS NULL
    BEGIN
        SET @problem = CONCAT('Model "', @model_name, '" has no active version. Use EXEC dbo.activate_model.');
        THROW 50001, @problem, 1;
    END;
    SELECT @artifact = artifact, @status = status
    FROM dbo.models
    WHERE model_name = @model_name AND version = @version;
    IF @status IS NULL
    BEGIN
        SET @problem = CONCAT('Model "', @model_name, '" has no version ', @version, '.');
        THROW 50002, @problem, 1;
    END;
    IF @status <> 'available'
    BEGIN
        SET @problem = CONCAT('Version ', @version, ' of model "', @model_name, '" is ', @status, '.');
        THROW 50006, @problem, 1;
    END;
    EXEC dbo.read_model_manifest @artifact, @manifest OUTPUT;
    IF COALESCE(JSON_QUERY(@manifest, '$.features'), '')
       <> N'["orderRatio","itemsRatio","monetaryRatio","frequency"]'
    BEGIN
        SET @problem = CONCAT('Version ', @version, ' of model "', @model_name, '" wants the features ',
                              JSON_QUERY(@manifest, '$.features'),
                              ', but dbo.customer_return_features gives orderRatio, itemsRatio, monetaryRatio, ',
                              'frequency.');
        THROW 50004, @problem, 1;
    END;

    SET @query = N'
SELECT CAST(customer AS varchar(20)) AS customer,
       CAST(orderRatio AS float) AS orderRatio,
       CAST(itemsRatio AS float) AS itemsRatio,
       CAST(monetaryRatio AS float) AS monetaryRatio,
       CAST(frequency AS float) AS frequency
FROM dbo.customer_return_features';
    IF @customer IS NOT NULL
        SET @query = CONCAT(@query, N' WHERE customer = ', @customer);

    EXEC sp_execute_external_script
        @language = N'Python',
        @script = N'
import hashlib
import json

import numpy as np
import pandas as pd

if hashlib.sha256(model[40:]).digest() != model[8:40]:
    raise ValueError("the model is damaged: its SHA-256 does not match its content")
manifest = json.loads(model[40:].decode("ascii"))
features = ["orderRatio", "itemsRatio", "monetaryRatio", "frequency"]
centres = np.array(manifest["centroids"], dtype=np.float64)
if manifest["features"] != features or centres.shape != (manifest["k"], len(features)):
    raise ValueError("the model does not fit the features")
if not np.isfinite(centres).all():
    raise ValueError("the model has a centre that is not finite")

if len(InputDataSet):
    keys = InputDataSet["customer"].values
    values = np.array(InputDataSet[features], dtype=np.float64)
else:
    keys = np.zeros(0, dtype=object)
    values = np.zeros((0, len(features)))

usable = np.isfinite(values).all(axis=1)
skipped = int((~usable).sum())
if skipped:
    named = ", ".join([str(key) for key in keys[~usable][:5]])
    message = "NULL or infinite features for {} customer(s): {}".format(skipped, named)
    if not skip_unusable:
        raise ValueError(message)
    print("skipped: " + message)
    keys, values = keys[usable], values[usable]

# The nearest centre, with the formula that scikit-learn uses, so that rounding is the same too.
distances = np.einsum("ij,ij->i", centres, centres) - 2.0 * np.dot(values, centres.T)
OutputDataSet = pd.DataFrame(values, columns=features)
OutputDataSet.insert(0, "customer", keys)
OutputDataSet["cluster"] = np.argmin(distances, axis=1).astype(np.int32)
',
        @input_data_1 = @query,
        @params = N'@model varbinary(max), @skip_unusable bit, @skipped int OUTPUT',
        @model = @artifact,
        @skip_unusable = @skip_unusable,
        @skipped = @skipped OUTPUT
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
GO
GRANT EXECUTE ON OBJECT::dbo.py_cluster_customers TO customer_scorer;
