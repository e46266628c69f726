package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/proxy/wire"
)

//go:embed demo.toml
var demoTOML string

const openAIModel = `
[[model]]
name     = "openai"
base_url = %q
model    = %q
%s
`

type demoFlags struct {
	listen, backend string
	scale           float64
	seed            uint64
	replace         bool
}

func demoCommand(io stdio) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Start a private engine with four sample databases and askwire in front of it",
		Long: `Start a private database engine, load four sample databases (ad, edu, ecommerce, hr), and put askwire in front of it. Nothing to
set up; Ctrl-C ends everything and removes the engine's files.

Without OPENAI_API_KEY the demo answers its saved questions, in Korean and English. With it, any question; OPENAI_MODEL and
OPENAI_BASE_URL choose another model or a server of your own:

  OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_MODEL=qwen3 askwire demo`,
		Example: `  askwire demo
  mysql -h 127.0.0.1 -P 4306 -udemo -pdemo -e "ASK '최근 한 달간 주문량을 알려줘'"

  askwire demo --backend mysql --scale 0.1
  askwire demo --backend 'root:secret@tcp(127.0.0.1:3306)/'   # loads into a server of yours, and refuses to touch other tables`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			err := demo(ctx, io, f)
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return nil // Ctrl-C while the samples were loading
			}
			return err
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", "127.0.0.1:4306", "`HOST:PORT` for clients; port 0 = a free one")
	fl.StringVar(&f.backend, "backend", "auto", "`auto`, mariadb, mysql, tidb, embedded, or the DSN of a server of yours")
	fl.Float64Var(&f.scale, "scale", 1, "size of the sample data; 1 is about 100,000 rows")
	fl.Uint64Var(&f.seed, "seed", 1, "same seed, same rows")
	fl.BoolVar(&f.replace, "replace", false, "with a DSN: drop and make anew sample tables that exist")
	return cmd
}

func demo(ctx context.Context, io stdio, f demoFlags) error {
	// A taken port should not cost the loading of the samples first.
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("--listen: %w. Choose another address, such as --listen 127.0.0.1:0 for a free port", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	secrets, stop, err := demoBackend(ctx, io, f)
	if err != nil {
		return err
	}
	defer stop()
	if secrets["DEMO_HASH"], err = demoHash("demo"); err != nil {
		return err
	}
	spool, err := os.MkdirTemp("", "askwire-demo-spool-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(spool)
	text, model := demoConfig(os.Getenv)
	cfg, problems := config.Parse("demo.toml", text, config.Options{Listen: f.listen, Env: func(name string) (string, bool) {
		if v, ok := secrets[name]; ok {
			return v, true
		}
		return os.LookupEnv(name)
	}})
	if cfg == nil {
		return problems
	}
	cfg.Store.SpoolDir = spool
	notes, problems := config.Annotations(generators.Annotations(), "samples")
	if problems.Fatal() {
		return problems
	}
	s := server{
		io: io, config: cfg, reload: func() (*config.Config, config.Problems) { return cfg, nil },
		annotations: func(*config.Config) ([]catalog.Annotations, config.Problems) { return notes, nil },
		ready:       func(addr net.Addr) { demoBanner(io, addr, model) },
	}
	return s.run(ctx)
}

// demoHash is the password in both forms: drivers such as node's mysql know the old one only.
func demoHash(password string) (string, error) {
	hash, err := wire.HashPassword(password)
	if err != nil {
		return "", err
	}
	native, err := wire.HashNativePassword(password)
	return hash + " " + native, err
}

// demoConfig returns the demo's configuration and how the banner names its model.
func demoConfig(env func(string) string) (text, model string) {
	base, key := env("OPENAI_BASE_URL"), env("OPENAI_API_KEY")
	if base == "" && key == "" {
		return demoTOML, "offline (saved questions only; set OPENAI_API_KEY for any question)"
	}
	if base == "" {
		base = "https://api.openai.com/v1"
	}
	name := env("OPENAI_MODEL")
	if name == "" {
		name = "gpt-4.1-mini"
	}
	secret := ""
	if key != "" {
		secret = `api_key = "env:OPENAI_API_KEY"`
	}
	return fmt.Sprintf(openAIModel, base, name, secret) + demoTOML, name + " at " + base
}

func demoBanner(io stdio, addr net.Addr, model string) {
	databases, tables := 0, 0
	for _, d := range generators.Domains() {
		databases++
		tables += len(d.Tables)
	}
	host, port, _ := net.SplitHostPort(addr.String()) // a listener's address always has both
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	fmt.Fprintf(io.out, "askwire demo: MySQL protocol on %s (user demo, password demo), %d databases, %d tables, model: %s\n",
		net.JoinHostPort(host, port), databases, tables, model)
	for i, q := range []string{
		`ASK '최근 한 달간 주문량을 알려줘'`,
		`ASK 'Top 5 products by revenue last month'`,
		`SHOW ASK TABLES`,
	} {
		lead := "try:  "
		if i > 0 {
			lead = "      "
		}
		fmt.Fprintf(io.out, "%smysql -h %s -P %s -udemo -pdemo -e \"%s\"\n", lead, host, port, q)
	}
}

// demoBackend starts or reaches the engine, loads the samples and returns the two DSNs as the variables of demo.toml.
func demoBackend(ctx context.Context, io stdio, f demoFlags) (map[string]string, func(), error) {
	if strings.ContainsAny(f.backend, "@(/") {
		return demoOnDSN(ctx, io, f)
	}
	kind, notice, err := demoEngine(f.backend)
	if err != nil {
		return nil, nil, err
	}
	if notice != "" {
		fmt.Fprintln(io.err, notice)
	}
	srv, err := engine.Start(ctx, engine.Options{Kind: kind})
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		if err := srv.Stop(); err != nil {
			fmt.Fprintf(io.err, "askwire: removing the engine's files: %v\n", err)
		}
	}
	secrets, err := demoAccounts(ctx, io, f, srv)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return secrets, stop, nil
}

// demoEngine chooses the engine. The exact ones come first.
func demoEngine(backend string) (engine.Kind, string, error) {
	if backend != "auto" {
		kind := engine.Kind(backend)
		if !slices.Contains(engine.Kinds(), kind) {
			return "", "", usageError{"askwire demo", fmt.Errorf("--backend must be auto, mariadb, mysql, tidb, embedded or a DSN, not %q", backend)}
		}
		return kind, "", nil
	}
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MariaDB11, engine.MySQL} {
		if _, ok := engine.Find(kind); ok {
			return kind, "", nil
		}
	}
	if _, ok := engine.Find(engine.Embedded); ok {
		return engine.Embedded, "no MariaDB or MySQL server program was found; using the light embedded engine, whose SQL is not MySQL's everywhere", nil
	}
	return "", "", errors.New("no database engine was found. Install one (Debian, Ubuntu: apt-get install mariadb-server-core), run `make engines`, or name a server of yours with --backend DSN")
}

// demoAccounts loads the samples as root of a private engine, and makes the two accounts that the demo then uses: one that may
// only SELECT the samples, and one that owns the schema askwire.
func demoAccounts(ctx context.Context, io stdio, f demoFlags, srv *engine.Server) (map[string]string, error) {
	db, err := catalog.OpenDB(srv.DSN)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := demoLoad(ctx, io, db, f, srv.Family, srv.Version); err != nil {
		return nil, err
	}
	if srv.Family == askwire.Embedded { // has no accounts: whoever reaches its port is root
		return map[string]string{"DEMO_BACKEND_DSN": srv.DSN, "DEMO_STORE_DSN": srv.DSN}, nil
	}
	reader, keeper := strings.ToLower(rand.Text()), strings.ToLower(rand.Text())
	statements := []string{
		"CREATE USER 'askwire_reader'@'%' IDENTIFIED BY '" + reader + "'",
		"CREATE USER 'askwire_store'@'%' IDENTIFIED BY '" + keeper + "'",
		"CREATE DATABASE askwire DEFAULT CHARACTER SET utf8mb4",
		"GRANT ALL ON askwire.* TO 'askwire_store'@'%'",
	}
	for _, d := range generators.Domains() {
		statements = append(statements, "GRANT SELECT ON "+d.Name+".* TO 'askwire_reader'@'%'")
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return nil, fmt.Errorf("making the demo's accounts: %w", err)
		}
	}
	return map[string]string{
		"DEMO_BACKEND_DSN": "askwire_reader:" + reader + "@tcp(" + srv.Addr + ")/",
		"DEMO_STORE_DSN":   "askwire_store:" + keeper + "@tcp(" + srv.Addr + ")/",
	}, nil
}

func demoLoad(ctx context.Context, io stdio, db *sql.DB, f demoFlags, family askwire.Family, version string) error {
	l := newLoading(io, nil)
	defer l.finish()
	return generators.Load(ctx, db, generators.Options{
		Scale: f.scale, Seed: f.seed, Family: family, Version: version, Replace: f.replace,
		Vectors: generators.HasVectors(family, version), Progress: l.progress,
	})
}

// demoOnDSN uses a server of the operator's. It makes no accounts there, and loads only where it destroys nothing.
func demoOnDSN(ctx context.Context, io stdio, f demoFlags) (map[string]string, func(), error) {
	db, err := catalog.OpenDB(f.backend)
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	family, version, err := serverKind(ctx, db)
	if err != nil {
		return nil, nil, fmt.Errorf("the server of --backend cannot be reached: %w", err)
	}
	there, err := demoTables(ctx, db, f.replace)
	if err != nil {
		return nil, nil, err
	}
	if there && !f.replace {
		fmt.Fprintln(io.err, "the sample databases are there already; using them as they are (--replace makes them anew)")
	} else if err := demoLoad(ctx, io, db, f, family, version); err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(io.err, "reading with the account of --backend; records go to the schema askwire on the same server")
	return map[string]string{"DEMO_BACKEND_DSN": f.backend, "DEMO_STORE_DSN": f.backend}, func() {}, nil
}

// demoTables reports whether all sample tables exist. Databases of these names with other tables in them are somebody's own.
func demoTables(ctx context.Context, db *sql.DB, replace bool) (bool, error) {
	found, want := 0, 0
	for _, d := range generators.Domains() {
		var known []string
		for _, t := range d.Tables {
			known = append(known, t.Name)
		}
		want += len(known)
		there, err := tablesOf(ctx, db, d.Name)
		if err != nil {
			return false, err
		}
		for _, name := range there {
			if !slices.Contains(known, strings.ToLower(name)) {
				return false, fmt.Errorf("the server has a database %s with a table %s that is not a sample table. Use another server: the demo writes only into databases of its own", d.Name, name)
			}
		}
		found += len(there)
	}
	if found != 0 && found != want && !replace {
		return false, fmt.Errorf("the server has %d of the %d sample tables. Make them anew with --replace", found, want)
	}
	return found == want, nil
}

// tablesOf lists the tables of one of the sample databases.
func tablesOf(ctx context.Context, db *sql.DB, database string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", database)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}
