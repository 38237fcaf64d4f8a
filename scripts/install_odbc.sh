#!/usr/bin/env bash
# Installs what an ODBC client needs and this machine lacks: the driver manager, FreeTDS (the fall-back driver)
# and the Kerberos libraries that Microsoft's driver is linked against. Does nothing when all are there.
set -euo pipefail

packages=(libodbc2 tdsodbc odbcinst libgssapi-krb5-2 libkrb5-3 libltdl7)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: needs the ODBC driver manager (unixODBC) and found no apt-get to install ${missing[*]}." >&2
  echo "       Install unixODBC and FreeTDS's ODBC driver with this system's package manager, then try again." >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: needs root once, to install ${missing[*]}. Run as root:" >&2
    echo "       apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
