/*
Models as numbers (see model/artifact.py), each version once, and which one is live since when.

    SELECT model_name, version, status, created_at, created_by FROM dbo.models;
*/
CREATE TABLE dbo.models
(
    model_name    sysname        NOT NULL,
    version       int            NOT NULL,
    artifact      varbinary(max) NOT NULL,
    manifest      nvarchar(max)  NOT NULL,
    sha256        binary(32)     NOT NULL,
    status        varchar(20)    NOT NULL CONSTRAINT DF_models_status DEFAULT 'available'
                                          CONSTRAINT CK_models_status CHECK (status IN ('available', 'withdrawn')),
    status_reason nvarchar(400)  NULL,
    status_at     datetime2(3)   NOT NULL CONSTRAINT DF_models_status_at DEFAULT SYSUTCDATETIME(),
    created_at    datetime2(3)   NOT NULL CONSTRAINT DF_models_created_at DEFAULT SYSUTCDATETIME(),
    created_by    sysname        NOT NULL CONSTRAINT DF_models_created_by DEFAULT SUSER_SNAME(),
    CONSTRAINT PK_models PRIMARY KEY (model_name, version)
);
GO
/*
The history: a row for each change of the live version, never updated or deleted. returns_to is the activation
that a rollback of this one brings back.
*/
CREATE TABLE dbo.model_activations
(
    activation_id    int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_model_activations PRIMARY KEY,
    model_name       sysname            NOT NULL,
    version          int                NOT NULL,
    action           varchar(10)        NOT NULL CONSTRAINT CK_model_activations_action
                                                 CHECK (action IN ('activate', 'rollback')),
    previous_version int                NULL,
    returns_to       int                NULL,
    reason           nvarchar(400)      NULL,
    activated_at     datetime2(3)       NOT NULL CONSTRAINT DF_model_activations_at DEFAULT SYSUTCDATETIME(),
    activated_by     sysname            NOT NULL CONSTRAINT DF_model_activations_by DEFAULT SUSER_SNAME(),
    CONSTRAINT FK_model_activations_models FOREIGN KEY (model_name, version) REFERENCES dbo.models (model_name, version)
);
GO
/* The live version: the primary key allows one for each model. */
CREATE TABLE dbo.active_models
(
    model_name    sysname NOT NULL CONSTRAINT PK_active_models PRIMARY KEY,
    version       int     NOT NULL,
    activation_id int     NOT NULL,
    CONSTRAINT FK_active_models_models FOREIGN KEY (model_name, version) REFERENCES dbo.models (model_name, version)
);
