/*
Stores a model artifact as the next version of its model; the version does not become active.
The same bytes again are not stored twice: the version that has them is returned.

    DECLARE @artifact varbinary(max) = 0x00, @version int; -- the bytes of the file
    EXEC dbo.push_model @artifact = @artifact, @version = @version OUTPUT;
    SELECT @version;
*/
CREATE OR ALTER PROCEDURE dbo.push_model
    @artifact varbinary(max),
    @model_name sysname = NULL,
    @version int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    DECLARE @manifest nvarchar(max), @name nvarchar(128), @problem nvarchar(2048), @sha256 binary(32);
    SET @version = NULL;

    EXEC dbo.read_model_manifest @artifact, @manifest OUTPUT;
    SET @name = JSON_VALUE(@manifest, '$.name');
    SET @model_name = COALESCE(@model_name, @name);
    IF @name IS NULL OR @name <> @model_name
    BEGIN
        SET @problem = CONCAT('The artifact is of model "', @name, '", not of "', @model_name, '".');
        THROW 50004, @problem, 1;
    END;
    SET @sha256 = HASHBYTES('SHA2_256', @artifact);

    -- One statement decides and stores, so that two sessions cannot take the same version.
    INSERT INTO dbo.models (model_name, version, artifact, manifest, sha256)
    SELECT @model_name, COALESCE(MAX(version), 0) + 1, @artifact, @manifest, @sha256
    FROM dbo.models WITH (UPDLOCK, HOLDLOCK)
    WHERE model_name = @model_name
    HAVING COUNT(CASE WHEN sha256 = @sha256 THEN 1 END) = 0;

    SELECT @version = MIN(version) FROM dbo.models WHERE model_name = @model_name AND sha256 = @sha256;
END;
