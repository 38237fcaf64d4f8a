#!/usr/bin/env bash
# Healthy means that a Python script runs inside the database, not only that a port is open.
set -euo pipefail
export SQLCMDPASSWORD="$MSSQL_SA_PASSWORD"

answer=$(sqlcmd -S localhost -U sa -C -l 10 -b -h -1 -W -Q "
SET NOCOUNT ON;
EXEC sp_execute_external_script @language = N'Python', @script = N'OutputDataSet = InputDataSet',
     @input_data_1 = N'SELECT 1 AS hello' WITH RESULT SETS ((hello int NOT NULL));")
[ "$(tr -d '[:space:]' <<<"$answer")" = 1 ]
