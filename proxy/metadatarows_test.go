package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestMetadataOfTools: what tools ask for is answered, with headings, from the caller's scope, and never by an error.
func TestMetadataOfTools(t *testing.T) {
	all := []string{"SHOW TRIGGERS", "SHOW TRIGGERS LIKE 'a%'", "SHOW EVENTS", "SHOW PROCEDURE STATUS WHERE Db = 'x'", "SHOW FUNCTION STATUS LIKE '%'", "SHOW PACKAGE BODY STATUS",
		"SHOW PLUGINS", "SHOW ENGINES", "SHOW STORAGE ENGINES", "SHOW /*!50000 ENGINES */", "SHOW GRANTS FOR CURRENT_USER()", "SHOW COLLATION WHERE Charset = 'utf8mb4'",
		"SHOW CHARACTER SET LIKE 'utf8%'", "SHOW CHARSET", "SHOW PRIVILEGES", "SHOW FULL PROCESSLIST", "SHOW WARNINGS", "SHOW ERRORS", "SHOW COUNT(*) WARNINGS", "SHOW OPEN TABLES",
		"SHOW TABLE STATUS", "SHOW VARIABLES", "SHOW GLOBAL VARIABLES LIKE 'max%'", "SHOW /*!50002 GLOBAL */ STATUS", "SHOW SESSION STATUS LIKE 'Ssl_cipher'", "SHOW PROFILES",
		"SHOW PROFILE", "SHOW INDEX FROM information_schema.TABLES", "SHOW TABLES FROM information_schema", "DESCRIBE information_schema.COLUMNS", "SELECT CURRENT_ROLE()",
		"SELECT CURRENT_ROLE() AS r, 1"}
	for _, table := range []string{"PROCESSLIST", "ROUTINES", "PARAMETERS", "TRIGGERS", "EVENTS", "PLUGINS", "ENGINES", "SCHEMA_PRIVILEGES", "TABLE_PRIVILEGES", "COLUMN_PRIVILEGES",
		"USER_PRIVILEGES", "CHECK_CONSTRAINTS", "PARTITIONS", "COLLATIONS", "CHARACTER_SETS", "VIEWS", "STATISTICS", "KEY_COLUMN_USAGE", "REFERENTIAL_CONSTRAINTS", "TABLE_CONSTRAINTS"} {
		all = append(all, "SELECT * FROM information_schema."+table)
	}
	some := map[engine.Kind][]string{
		engine.MariaDB: {"SESSION_VARIABLES", "GLOBAL_VARIABLES", "SESSION_STATUS", "GLOBAL_STATUS", "USER_VARIABLES", "APPLICABLE_ROLES", "ENABLED_ROLES", "PROFILING"},
		engine.MySQL: {"APPLICABLE_ROLES", "ENABLED_ROLES", "VIEW_TABLE_USAGE", "COLUMN_STATISTICS", "ST_GEOMETRY_COLUMNS", "USER_ATTRIBUTES", "RESOURCE_GROUPS",
			"PROFILING"},
		engine.TiDB: {"SESSION_VARIABLES"},
	}
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			h := openOn(t, enginetest.Get(t, kind))
			c := h.conn()
			bob := h.one(h.clientOf("bob"))
			table(t, bob, "SELECT 1")
			list := all
			k := kind
			if k == engine.MariaDB11 {
				k = engine.MariaDB
			}
			for _, name := range some[k] {
				list = append(list, "SELECT * FROM information_schema."+name)
			}
			for _, q := range list {
				got, err := tryTable(t, c, q)
				if err != nil || got == "" {
					t.Errorf("%s: %v %q", q, err, got)
				}
				if strings.Contains(got, "secrets") || strings.Contains(got, "bob") {
					t.Errorf("%s shows what is not the caller's: %s", q, got)
				}
			}
			for q, want := range map[string]string{
				"SELECT COUNT(*) AS n, MIN(USER) AS u, MIN(ID = CONNECTION_ID()) AS me FROM information_schema.PROCESSLIST": "n|u|me\n1|ana|1",
				"SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES":                                    "GRANTEE|PRIVILEGE_TYPE\n'ana'@'%'|USAGE",
				"SELECT TABLE_NAME FROM information_schema.TABLE_PRIVILEGES ORDER BY 1":                                     "TABLE_NAME\ncustomers\norders",
				"SELECT PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'AUTHENTICATION' ORDER BY 1":        "PLUGIN_NAME\ncaching_sha2_password\nmysql_native_password",
			} {
				if got := table(t, c, q); got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", q, got, want)
				}
			}
			if k == engine.MariaDB {
				do(t, c, "SET sql_mode = 'ANSI_QUOTES'")
				if got := table(t, c, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_VARIABLES WHERE VARIABLE_NAME = 'SQL_MODE'"); got != "VARIABLE_VALUE\nANSI_QUOTES" {
					t.Errorf("got %s", got)
				}
			}
			for q, want := range map[string]int{"SHOW MASTER STATUS": 1227, "SHOW ENGINE INNODB STATUS": 1227, "SHOW TABLES FROM mysql": 1044, "SELECT * FROM mysql.user": 1142} {
				if got := number(t, c, q); got != want {
					t.Errorf("%s: error %d, want %d", q, got, want)
				}
			}
		})
	}
}
