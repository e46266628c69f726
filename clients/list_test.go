//go:build clients

package clients_test

// all are the clients of the suite.
var all = []client{
	{name: "mariadb-cli", argv: python("mariadb_cli.py"), without: []string{"prepare"}},
	{name: "mycli", argv: python("mycli.py"), without: []string{"prepare", "begin", "in-transaction", "commit", "cancel", "databases", "columns",
		"indexes", "variables", "one", "everything", "expressions", "own-schema", "times", "empty", "other-database", "after-cancel"}},
	{name: "pymysql", argv: python("pymysql_client.py")},
	{name: "mysqlclient", argv: python("mysqlclient.py")},
	{name: "sqlalchemy", argv: python("sqlalchemy_client.py")},
	{name: "mysql-connector-python", argv: python("mysql_connector.py")},
	{name: "pyodbc", argv: python("pyodbc_client.py"), without: []string{"times", "ask-query", "ask-korean"}, mysql: onMySQL{without: []string{"notes"}}},
	{name: "isql", argv: python("isql.py"), without: []string{"prepare", "begin", "in-transaction", "commit", "cancel", "times", "ask-query", "ask-korean"},
		mysql: onMySQL{without: []string{"notes"}}},
	{name: "pdo", argv: []string{"php", "scripts/pdo.php"}, without: []string{"cancel"}},
	{name: "mysqli", argv: []string{"php", "scripts/mysqli.php"}},
	{name: "ruby-mysql2", argv: []string{"ruby", "scripts/mysql2.rb"}},
	{name: "dbd-mysql", argv: []string{"perl", "scripts/dbd_mysql.pl"}},
	{name: "node-mysql2", argv: []string{"node", "scripts/mysql2.js"}},
	{name: "node-mysql", argv: []string{"node", "scripts/mysql.js"}, mysql: onMySQL{noLogin: true}},
	{name: "node-mariadb", argv: []string{"node", "scripts/mariadb.js"}},
	{name: "go-sql-driver", argv: []string{"go", "run", "./gosqldriver"}},
	{name: "mariadb-connector-j", argv: java("jdbc:mariadb", "useServerPrepStmts=true&useSSL=false"), without: []string{"ask-prepared"}},
	{name: "connector-j", argv: java("jdbc:mysql", "sslMode=DISABLED")},
	{name: "connector-j-prepared", argv: java("jdbc:mysql", "sslMode=DISABLED&useServerPrepStmts=true&rewriteBatchedStatements=true")},
	{name: "connector-j-cursor", argv: java("jdbc:mysql", "sslMode=DISABLED&useCursorFetch=true&defaultFetchSize=100"), late: "prepare-whole", without: []string{"cancel", "ask-call"}},
}

func python(script string) []string {
	return []string{"{bin}/venv/bin/python", "scripts/" + script}
}

func java(url, parameters string) []string {
	return []string{"java", "-cp", "{bin}/java:{bin}/java/*:/usr/share/java/mariadb-java-client.jar", "Steps", url, parameters}
}
