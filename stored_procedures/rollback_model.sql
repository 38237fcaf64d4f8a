/*
Brings back the version that was active before the present one. Repeated, it goes further back.

    DECLARE @version int;
    EXEC dbo.rollback_model @reason = N'too many customers in cluster 3', @version = @version OUTPUT;
    SELECT @version;
*/
CREATE OR ALTER PROCEDURE dbo.rollback_model
    @model_name sysname = N'customer_returns',
    @reason nvarchar(400) = NULL,
    @version int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    DECLARE @artifact varbinary(max), @status varchar(20), @activation int, @problem nvarchar(2048);
    SET @version = NULL;

    BEGIN TRANSACTION;
    INSERT INTO dbo.model_activations (model_name, version, action, previous_version, returns_to, reason)
    SELECT @model_name, earlier.version, 'rollback', active.version, earlier.returns_to, @reason
    FROM dbo.active_models AS active WITH (UPDLOCK, HOLDLOCK)
         JOIN dbo.model_activations AS present ON present.activation_id = active.activation_id
         JOIN dbo.model_activations AS earlier ON earlier.activation_id = present.returns_to
    WHERE active.model_name = @model_name;
    IF @@ROWCOUNT = 0
    BEGIN
        SET @problem = CONCAT('Model "', @model_name, '" has no earlier active version to go back to.');
        THROW 50005, @problem, 1;
    END;
    SET @activation = SCOPE_IDENTITY();

    SELECT @version = version FROM dbo.model_activations WHERE activation_id = @activation;
    SELECT @artifact = artifact, @status = status
    FROM dbo.models
    WHERE model_name = @model_name AND version = @version;
    IF @status <> 'available'
    BEGIN
        SET @problem = CONCAT('Version ', @version, ' of model "', @model_name, '" is ', @status, '.');
        THROW 50006, @problem, 1;
    END;
    EXEC dbo.read_model_manifest @artifact;

    DELETE FROM dbo.active_models WHERE model_name = @model_name;
    INSERT INTO dbo.active_models (model_name, version, activation_id)
    VALUES (@model_name, @version, @activation);
    COMMIT TRANSACTION;
END;
