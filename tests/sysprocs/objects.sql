CREATE SCHEMA sales
GO
CREATE TABLE parent (
  a int NOT NULL, b varchar(10) NOT NULL, c decimal(10, 2) NULL CONSTRAINT df_c DEFAULT 3.5,
  d datetime2(3), e nvarchar(max), f uniqueidentifier, g varbinary(20), h nvarchar(30) NOT NULL DEFAULT (N'x'),
  CONSTRAINT pk_parent PRIMARY KEY (a, b), CONSTRAINT uq_c UNIQUE (c), CONSTRAINT ck_a CHECK (a > 0 AND b <> 'x'))
GO
CREATE TABLE child (
  id int IDENTITY(5, 2) PRIMARY KEY, a int, b varchar(10), t0 time(0), t7 time, dto datetimeoffset(4), m money,
  sm smallmoney, r real, fl float, dt datetime, sd smalldatetime, da date, ch char(3), nc nchar(4), bi binary(6),
  bt bit DEFAULT 1 NOT NULL, ti tinyint, si smallint, bg bigint, d5 decimal(5, 0), d19 decimal(19, 4), d28 decimal(28),
  d38 numeric(38, 10), vb varbinary(max), d2 datetime2(0) DEFAULT getdate(), n int DEFAULT -1,
  CONSTRAINT fk_parent FOREIGN KEY (a, b) REFERENCES parent (a, b))
GO
CREATE INDEX ix_child ON child (a)
GO
CREATE UNIQUE INDEX ux_child ON child (m)
GO
CREATE VIEW v AS SELECT a, b, c FROM parent
GO
CREATE PROCEDURE p @a int, @b nvarchar(20) = N'x', @c decimal(10, 3) OUTPUT, @d datetime2(3) = NULL, @e varbinary(max) = NULL
AS BEGIN
  SELECT @a AS x, @b AS y
  SET @c = 1.5
  RETURN 7
END
GO
CREATE TABLE sales.[odd 'na]]me "q"] (x int, [y ''y] int)
GO
CREATE TABLE other.dbo.elsewhere (z int NOT NULL PRIMARY KEY)
GO
INSERT INTO parent (a, b) VALUES (1, 'one')
