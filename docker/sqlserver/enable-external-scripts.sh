#!/usr/bin/env bash
# Waits for the engine and turns on 'external scripts enabled'. SQLCMDPASSWORD keeps the password out of argv.
set -euo pipefail
export SQLCMDPASSWORD="$MSSQL_SA_PASSWORD"

for _ in $(seq 120); do
  sqlcmd -S localhost -U sa -C -l 5 -b -Q "SELECT 1" >/dev/null 2>&1 && break
  sleep 2
done
sqlcmd -S localhost -U sa -C -b -Q "EXEC sp_configure 'external scripts enabled', 1; RECONFIGURE WITH OVERRIDE;"
