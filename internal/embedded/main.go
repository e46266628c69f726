// Command askwire-embedded is the light demo engine: go-mysql-server with its tables in memory, on loopback.
//
// It is a program and a module of its own, so that the production binary carries none of it. It has no accounts: whoever
// can reach the port is root. Its SQL is not MySQL's everywhere; MariaDB or MySQL is the better backend when one is there.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/vitess/go/mysql"
	"github.com/sirupsen/logrus"
)

const greets = "8.0.31-askwire-embedded"

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "`host:port` to serve on; port 0 is one that the kernel chooses")
	flag.Parse()
	logrus.SetLevel(logrus.WarnLevel)
	if err := serve(*listen); err != nil {
		fmt.Fprintln(os.Stderr, "askwire-embedded:", err)
		os.Exit(1)
	}
}

func serve(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	for name, value := range map[string]any{
		"collation_server": caseless.Name(),
		"version":          greets,
		"secure_file_priv": "/nonexistent",                               // LOAD_FILE reads nothing
		"sql_mode":         "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION", // ONLY_FULL_GROUP_BY refuses more than MySQL's does
		"version_comment":  "askwire embedded engine (go-mysql-server)",
	} {
		if err := sql.SystemVariables.AssignValues(map[string]any{name: value}); err != nil {
			return err
		}
	}
	databases := newProvider()
	overrides := sql.EngineOverrides{Builder: sql.BuilderOverrides{Parser: parser{sql.DefaultMySQLParser}}}
	engine := sqle.New(analyzer.NewBuilder(databases).AddOverrides(overrides).Build(), nil)
	s, err := server.NewServer(server.Config{Listener: l, Protocol: "tcp", Address: addr, Version: greets, MaxConnections: 2000},
		engine, sql.NewContext, session, nil)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		_ = s.Close() // Start returns the error that matters
	}()
	fmt.Println("listening on", l.Addr())
	return s.Start()
}

// session begins a client's session. Sessions have no state of the tables: see table.
func session(_ context.Context, c *mysql.Conn, addr string) (sql.Session, error) {
	client := sql.Client{Capabilities: c.Capabilities}
	if u, ok := c.UserData.(sql.MysqlConnectionUser); ok {
		client.Address, client.User = u.Host, u.User
	}
	return sql.NewBaseSessionWithClientServer(addr, client, c.ConnectionID), nil
}
