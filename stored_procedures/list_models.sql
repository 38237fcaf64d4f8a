/*
Every stored version, whether it is the active one, and what it was trained on.

    EXEC dbo.list_models;
    EXEC dbo.list_models @model_name = N'customer_returns';
*/
CREATE OR ALTER PROCEDURE dbo.list_models
    @model_name sysname = NULL
AS
BEGIN
    SET NOCOUNT ON;
    SELECT models.model_name,
           models.version,
           CAST(CASE WHEN active.version IS NULL THEN 0 ELSE 1 END AS bit) AS is_active,
           models.status,
           TRY_CAST(JSON_VALUE(models.manifest, '$.k') AS int) AS k,
           TRY_CAST(JSON_VALUE(models.manifest, '$.row_count') AS bigint) AS training_rows,
           TRY_CAST(JSON_VALUE(models.manifest, '$.inertia') AS float) AS inertia,
           LOWER(CONVERT(char(64), models.sha256, 2)) AS sha256,
           models.created_at,
           models.created_by,
           history.activated_at,
           history.activated_by
    FROM dbo.models AS models
         LEFT JOIN dbo.active_models AS active
             ON active.model_name = models.model_name AND active.version = models.version
         LEFT JOIN dbo.model_activations AS history ON history.activation_id = active.activation_id
    WHERE @model_name IS NULL OR models.model_name = @model_name
    ORDER BY models.model_name, models.version;
END;
