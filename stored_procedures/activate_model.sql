/*
Makes a stored version the one that py_cluster_customers uses, and writes it into the history.

    EXEC dbo.activate_model @version = 2, @reason = N'trained on the data of May';
*/
CREATE OR ALTER PROCEDURE dbo.activate_model
    @version int,
    @model_name sysname = N'customer_returns',
    @reason nvarchar(400) = NULL
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    DECLARE @artifact varbinary(max), @status varchar(20), @activation int, @problem nvarchar(2048);

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
    EXEC dbo.read_model_manifest @artifact;

    BEGIN TRANSACTION;
    INSERT INTO dbo.model_activations (model_name, version, action, previous_version, returns_to, reason)
    SELECT @model_name, @version, 'activate', MAX(version), MAX(activation_id), @reason
    FROM dbo.active_models WITH (UPDLOCK, HOLDLOCK)
    WHERE model_name = @model_name
    HAVING COUNT(CASE WHEN version = @version THEN 1 END) = 0;
    IF @@ROWCOUNT = 1
    BEGIN
        SET @activation = SCOPE_IDENTITY();
        DELETE FROM dbo.active_models WHERE model_name = @model_name;
        INSERT INTO dbo.active_models (model_name, version, activation_id)
        VALUES (@model_name, @version, @activation);
    END;
    COMMIT TRANSACTION;
END;
