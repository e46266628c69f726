package main

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"github.com/askwire/askwire/catalog"
)

type askFlags struct {
	addr, user, passwordFile, database, format, tls, using string
	prompt, sqlOnly                                        bool
}

func askCommand(io stdio) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "ask QUESTION…",
		Short: "Ask one question of a running askwire and print the answer",
		Long: `Ask one question of a running askwire and print the answer as a table or as JSON.

The password comes from the variable ASKWIRE_PASSWORD, from --password-file, or with -p from the terminal or, where standard input is
none, from its first line. Ctrl-C cancels the
question on the server too.`,
		Example: `  ASKWIRE_PASSWORD=demo askwire ask '최근 한 달간 주문량을 알려줘'
  askwire ask --user ana -p --format json 'top 10 products by sales last month'
  askwire ask --addr db-gate:4306 --using 'limit = 5, summary = off' 'orders by city'
  askwire ask --sql '부서별 평균 급여'        # the SQL that would run, without running it`,
		Args: needs("a question"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.format != "table" && f.format != "json" {
				return usageError{cmd.CommandPath(), fmt.Errorf("--format must be table or json, not %q", f.format)}
			}
			password, err := f.password(io)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			r, err := f.ask(ctx, password, strings.Join(args, " "))
			if err != nil {
				return err
			}
			if f.format == "json" {
				return printJSON(io.out, r)
			}
			return printTable(io.out, r)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.addr, "addr", "127.0.0.1:4306", "address of askwire, `HOST:PORT`")
	fl.StringVar(&f.user, "user", "demo", "user of askwire's config.toml")
	fl.StringVar(&f.passwordFile, "password-file", "", "`FILE` that holds the password")
	fl.BoolVarP(&f.prompt, "prompt", "p", false, "ask for the password, without echo")
	fl.StringVar(&f.database, "database", "", "default database")
	fl.StringVar(&f.format, "format", "table", "`table` or json")
	fl.StringVar(&f.tls, "tls", "preferred", "`preferred`, true (verified), skip-verify or false")
	fl.StringVar(&f.using, "using", "", "`OPTIONS` of the question, as after USING: 'limit = 5, language = ''ko'''")
	fl.BoolVar(&f.sqlOnly, "sql", false, "show the SQL instead of running it")
	return cmd
}

func (f *askFlags) password(io stdio) (string, error) {
	switch {
	case f.prompt:
		password, err := readPassword(io, "Password: ")
		if _, tty := terminal(io.in); err == nil && password == "" && !tty {
			err = errors.New("-p: standard input is no terminal and holds no password. Write the password to it, or use ASKWIRE_PASSWORD or --password-file")
		}
		return password, err
	case f.passwordFile != "":
		b, err := os.ReadFile(f.passwordFile)
		return strings.TrimRight(string(b), "\r\n"), err
	default:
		return os.Getenv("ASKWIRE_PASSWORD"), nil
	}
}

func (f *askFlags) ask(ctx context.Context, password, question string) (result, error) {
	if _, _, err := net.SplitHostPort(f.addr); err != nil || strings.ContainsAny(f.addr, "()/@") {
		return result{}, fmt.Errorf("--addr must be HOST:PORT, not %q", f.addr)
	}
	if strings.ContainsAny(f.user, ":@/") {
		return result{}, fmt.Errorf("the user name %q cannot be used", f.user)
	}
	db, err := catalog.OpenDB(fmt.Sprintf("%s:%s@tcp(%s)/%s?tls=%s", f.user, password, f.addr, f.database, f.tls))
	if err != nil {
		return result{}, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx) // one connection: SHOW WARNINGS belongs to it
	if err != nil {
		return result{}, unreachable(err, f.addr)
	}
	defer conn.Close()
	statement := "ASK "
	if f.sqlOnly {
		statement += "SQL "
	}
	statement += quote(question)
	if f.using != "" {
		statement += " USING " + f.using
	}
	r, err := readAll(ctx, conn, statement)
	if err != nil {
		return result{}, err
	}
	notes, err := readAll(ctx, conn, "SHOW WARNINGS")
	if err != nil {
		return result{}, err
	}
	for _, n := range notes.Rows {
		if len(n) == 3 && n[2] != nil {
			r.Notes = append(r.Notes, *n[2])
		}
	}
	return r, nil
}

// unreachable puts the address into an error of dialling, which the driver leaves out when it can.
func unreachable(err error, addr string) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("no askwire answers at %s (%w). Start one with `askwire serve` or `askwire demo`, or name its address with --addr", addr, op.Err)
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return fmt.Errorf("the certificate of askwire at %s is not trusted here: %w. Without tls_cert it is made at the start and signed by nobody: name its authority in SSL_CERT_FILE, or use --tls skip-verify", addr, untrusted.Err)
	}
	return err
}

// quote makes a string literal for a session whose sql_mode is the default.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}

// readAll runs one statement in the text protocol.
func readAll(ctx context.Context, conn *sql.Conn, statement string) (result, error) {
	rows, err := conn.QueryContext(ctx, statement)
	if err != nil {
		return result{}, err
	}
	defer rows.Close()
	var r result
	if r.Columns, err = rows.Columns(); err != nil {
		return result{}, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return result{}, err
	}
	for _, t := range types {
		r.Types = append(r.Types, t.DatabaseTypeName())
	}
	for rows.Next() {
		row := make([]*string, len(r.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return result{}, err
		}
		r.Rows = append(r.Rows, row)
	}
	return r, rows.Err()
}
