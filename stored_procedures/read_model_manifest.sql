/*
Checks a model artifact and returns its manifest; throws, with the reason, for anything that is not a sound model.
The layout is described in model/artifact.py: magic, SHA-256, then the manifest as JSON in ASCII.

    DECLARE @artifact varbinary(max), @manifest nvarchar(max);
    SELECT @artifact = artifact FROM dbo.models WHERE model_name = N'customer_returns' AND version = 1;
    EXEC dbo.read_model_manifest @artifact, @manifest OUTPUT;
    SELECT @manifest;
*/
CREATE OR ALTER PROCEDURE dbo.read_model_manifest
    @artifact varbinary(max),
    @manifest nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @body varbinary(max), @k int, @width int, @centres int, @numbers int;
    SET @manifest = NULL;

    IF @artifact IS NULL
        THROW 50003, 'The model is NULL: there is nothing to score with.', 1;
    IF DATALENGTH(@artifact) <= 40 OR SUBSTRING(@artifact, 1, 6) <> 0x494E53495455
        THROW 50003, 'This is not a model artifact: it does not begin with INSITU (and pickles are never read).', 1;
    IF SUBSTRING(@artifact, 7, 2) <> 0x0001
        THROW 50003, 'The model artifact has a layout that this version does not know.', 1;

    SET @body = SUBSTRING(@artifact, 41, DATALENGTH(@artifact) - 40);
    IF HASHBYTES('SHA2_256', @body) <> SUBSTRING(@artifact, 9, 32)
        THROW 50003, 'The model artifact is damaged: its SHA-256 does not match its content.', 1;

    SET @manifest = CAST(@body AS varchar(max));
    IF ISJSON(@manifest) = 0
        THROW 50003, 'The manifest of the model artifact is not JSON.', 1;
    IF COALESCE(JSON_VALUE(@manifest, '$.format'), '') <> 'insitu.kmeans/1'
        THROW 50003, 'The manifest of the model artifact is not of format insitu.kmeans/1.', 1;

    SET @k = TRY_CAST(JSON_VALUE(@manifest, '$.k') AS int);
    SELECT @width = COUNT(*) FROM OPENJSON(@manifest, '$.features');
    SELECT @centres = COUNT(*) FROM OPENJSON(@manifest, '$.centroids');
    SELECT @numbers = COUNT(coordinate.number)
    FROM OPENJSON(@manifest, '$.centroids') AS centre
         CROSS APPLY OPENJSON(centre.value) WITH (number float '$') AS coordinate;
    IF @k IS NULL OR @k < 1 OR @width < 1 OR @centres <> @k OR @numbers <> @k * @width
        THROW 50003, 'The model artifact is inconsistent: k, features and centres do not fit together.', 1;
END;
