#!/usr/bin/env bash
# Checks the licences and the password, lays the extensibility settings into the data volume, starts both services.
set -euo pipefail

if [ "${ACCEPT_EULA:-}" != Y ] || [ "${ACCEPT_EULA_ML:-}" != Y ]; then
  echo "Set ACCEPT_EULA=Y and ACCEPT_EULA_ML=Y to accept the licences of SQL Server and of Machine Learning Services." >&2
  exit 1
fi
if [ -z "${MSSQL_SA_PASSWORD:-}" ]; then
  echo "Set MSSQL_SA_PASSWORD: at least 8 characters of three kinds (upper case, lower case, digits, symbols)." >&2
  exit 1
fi

# /var/opt/mssql is a volume: an older or empty one lacks the settings that the image was built with.
if [ ! -e /var/opt/mssql/mssql.conf ]; then
  cp /opt/mssql/mssql.conf.extensibility /var/opt/mssql/mssql.conf
fi

exec /usr/bin/supervisord -n -c /etc/supervisor/supervisord.conf
