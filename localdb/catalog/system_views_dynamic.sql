-- Views whose rows are made when a statement that reads them begins (runtime/views/dmvs.py); the form is that of
-- system_views.sql: https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views

-- view: sys.resource_governor_configuration (classifier_function_id int NOT NULL, is_enabled bit NOT NULL,
--   max_outstanding_io_per_volume int NOT NULL)
FROM "_ldb_resource_governor_configuration"

-- view: sys.dm_resource_governor_configuration (classifier_function_id int NOT NULL,
--   is_reconfiguration_pending bit NOT NULL, max_outstanding_io_per_volume int NOT NULL)
FROM "_ldb_dm_resource_governor_configuration"

-- view: sys.resource_governor_resource_pools (pool_id int NOT NULL, name sysname NOT NULL,
--   min_cpu_percent int NOT NULL, max_cpu_percent int NOT NULL, min_memory_percent int NOT NULL,
--   max_memory_percent int NOT NULL, cap_cpu_percent int NOT NULL, min_iops_per_volume int NOT NULL,
--   max_iops_per_volume int NOT NULL)
FROM "_ldb_resource_governor_resource_pools"

-- view: sys.resource_governor_workload_groups (group_id int NOT NULL, name sysname NOT NULL,
--   importance sysname NOT NULL, request_max_memory_grant_percent int NOT NULL,
--   request_max_cpu_time_sec int NOT NULL, request_memory_grant_timeout_sec int NOT NULL, max_dop int NOT NULL,
--   group_max_requests int NOT NULL, pool_id int NOT NULL, external_pool_id int NOT NULL,
--   request_max_memory_grant_percent_numeric float NOT NULL)
FROM "_ldb_resource_governor_workload_groups"

-- view: sys.dm_resource_governor_workload_groups (group_id int NOT NULL, name sysname NOT NULL,
--   pool_id int NOT NULL, external_pool_id int NOT NULL, importance sysname NOT NULL,
--   request_max_memory_grant_percent int NOT NULL, request_max_cpu_time_sec int NOT NULL,
--   request_memory_grant_timeout_sec int NOT NULL, group_max_requests int NOT NULL, max_dop int NOT NULL,
--   effective_max_dop int NOT NULL, request_max_memory_grant_percent_numeric float NOT NULL)
FROM "_ldb_dm_resource_governor_workload_groups"

-- view: sys.resource_governor_external_resource_pools (external_pool_id int NOT NULL, name sysname NOT NULL,
--   max_cpu_percent int NOT NULL, max_memory_percent int NOT NULL, max_processes int NOT NULL, version bigint NOT NULL)
FROM "_ldb_resource_governor_external_resource_pools"

-- view: sys.resource_governor_external_resource_pool_affinity (external_pool_id int NOT NULL,
--   processor_group smallint NOT NULL, cpu_mask bigint NOT NULL)
FROM "_ldb_resource_governor_external_resource_pool_affinity"

-- view: sys.dm_resource_governor_external_resource_pools (external_pool_id int NOT NULL, name sysname NOT NULL,
--   pool_version int NOT NULL, max_cpu_percent int NOT NULL, max_processes int NOT NULL,
--   max_memory_percent int NOT NULL, statistics_start_time datetime NOT NULL, peak_memory_kb bigint NOT NULL,
--   write_io_count int NOT NULL, read_io_count int NOT NULL, total_cpu_kernel_ms bigint NOT NULL,
--   total_cpu_user_ms bigint NOT NULL, active_processes_count int NOT NULL)
FROM "_ldb_dm_resource_governor_external_resource_pools"

-- view: sys.dm_resource_governor_external_resource_pool_affinity (pool_id int NOT NULL,
--   processor_group smallint NOT NULL, cpu_mask bigint NOT NULL)
FROM "_ldb_dm_resource_governor_external_resource_pool_affinity"

-- view: sys.dm_external_script_requests (external_script_request_id uniqueidentifier NOT NULL,
--   language nvarchar(128) NOT NULL, degree_of_parallelism int NOT NULL, external_user_name nvarchar(128))
FROM "_ldb_dm_external_script_requests"

-- view: sys.dm_external_script_execution_stats (language nvarchar(128) NOT NULL,
--   counter_name nvarchar(128) NOT NULL, counter_value int NOT NULL)
FROM "_ldb_dm_external_script_execution_stats"

-- view: sys.dm_external_script_isolation (layer nvarchar(60) NOT NULL, is_available bit NOT NULL,
--   reason nvarchar(400), grade nvarchar(10) NOT NULL)
FROM "_ldb_dm_external_script_isolation"

-- view: sys.dm_external_script_history (external_script_request_id uniqueidentifier NOT NULL,
--   language nvarchar(128) NOT NULL, login_name nvarchar(128) NOT NULL, database_name nvarchar(128) NOT NULL,
--   procedure_name nvarchar(128), session_id smallint NOT NULL, start_time datetime NOT NULL,
--   total_elapsed_time int NOT NULL, cpu_time int NOT NULL, peak_memory_kb bigint NOT NULL,
--   outcome nvarchar(10) NOT NULL, error_number int NOT NULL)
FROM "_ldb_dm_external_script_history"

-- view: sys.dm_os_performance_counters (object_name nchar(128) NOT NULL, counter_name nchar(128) NOT NULL,
--   instance_name nchar(128) NOT NULL, cntr_value bigint NOT NULL, cntr_type int NOT NULL)
FROM "_ldb_dm_os_performance_counters"

-- view: sys.dm_exec_sessions (session_id smallint NOT NULL, login_time datetime NOT NULL, host_name nvarchar(128),
--   program_name nvarchar(128), client_interface_name nvarchar(32), login_name nvarchar(128) NOT NULL,
--   status nvarchar(30) NOT NULL, total_elapsed_time int NOT NULL, last_request_start_time datetime NOT NULL,
--   last_request_end_time datetime, is_user_process bit NOT NULL, text_size int NOT NULL, language nvarchar(128),
--   date_format nvarchar(3), date_first smallint NOT NULL, quoted_identifier bit NOT NULL, arithabort bit NOT NULL,
--   ansi_null_dflt_on bit NOT NULL, ansi_defaults bit NOT NULL, ansi_warnings bit NOT NULL, ansi_padding bit NOT NULL,
--   ansi_nulls bit NOT NULL, concat_null_yields_null bit NOT NULL, transaction_isolation_level smallint NOT NULL,
--   lock_timeout int NOT NULL, original_login_name nvarchar(128) NOT NULL, group_id int NOT NULL,
--   database_id smallint NOT NULL, authenticating_database_id int, open_transaction_count int NOT NULL)
FROM "_ldb_dm_exec_sessions"

-- view: sys.dm_exec_connections (session_id int, most_recent_session_id int, connect_time datetime NOT NULL,
--   net_transport nvarchar(40) NOT NULL, protocol_type nvarchar(40), protocol_version int, encrypt_option nvarchar(40) NOT NULL,
--   auth_scheme nvarchar(40) NOT NULL, client_net_address varchar(48), client_tcp_port int,
--   local_net_address varchar(48), local_tcp_port int)
FROM "_ldb_dm_exec_connections"

-- view: sys.dm_exec_requests (session_id smallint NOT NULL, request_id int NOT NULL, start_time datetime NOT NULL,
--   status nvarchar(30) NOT NULL, command nvarchar(32) NOT NULL, database_id smallint NOT NULL,
--   open_transaction_count int NOT NULL, total_elapsed_time int NOT NULL, text_size int NOT NULL,
--   language nvarchar(128), date_format nvarchar(3), date_first smallint NOT NULL,
--   transaction_isolation_level smallint NOT NULL, lock_timeout int NOT NULL, nest_level int NOT NULL,
--   group_id int NOT NULL, external_script_request_id uniqueidentifier)
FROM "_ldb_dm_exec_requests"
