"""Healthy means that a Python script runs inside the database: the check that the SQL Server image makes."""

import os

import pyodbc

CONNECTION = "Driver={FreeTDS};Server=127.0.0.1;Port=1433;TDS_Version=7.4;UID=sa;PWD={%s}"
CALL = """
EXEC sp_execute_external_script @language = N'Python', @script = N'OutputDataSet = InputDataSet',
     @input_data_1 = N'SELECT 1 AS hello' WITH RESULT SETS ((hello int NOT NULL))
"""

password = os.environ["MSSQL_SA_PASSWORD"].replace("}", "}}")
connection = pyodbc.connect(CONNECTION % password, timeout=8, autocommit=True)
assert connection.execute(CALL).fetchone()[0] == 1
