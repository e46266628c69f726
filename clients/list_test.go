//go:build clients

package clients_test

// all are the clients of the suite.
var all = []client{
	{name: "pymysql", argv: []string{"{bin}/venv/bin/python", "scripts/pymysql_client.py"}, without: []string{"prepare"}},
	{name: "mysql2", argv: []string{"node", "scripts/mysql2.js"}},
}
