/*
What was applied to this database, by whom and when. Rows are only ever added; the newest row of a name counts.

    SELECT * FROM dbo.deployment_journal ORDER BY entry_id;
*/
CREATE TABLE dbo.deployment_journal
(
    entry_id   int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_deployment_journal PRIMARY KEY,
    kind       varchar(20)        NOT NULL CONSTRAINT CK_deployment_journal_kind
                                           CHECK (kind IN ('schema', 'procedure', 'data')),
    name       nvarchar(200)      NOT NULL,
    sha256     char(64)           NOT NULL,
    applied_at datetime2(3)       NOT NULL CONSTRAINT DF_deployment_journal_applied_at DEFAULT SYSUTCDATETIME(),
    applied_by sysname            NOT NULL CONSTRAINT DF_deployment_journal_applied_by DEFAULT SUSER_SNAME()
);
