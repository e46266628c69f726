package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/generators"
)

type generateFlags struct {
	dsn, sqlFile string
	domains      []string
	scale        float64
	seed         uint64
	replace      bool
	force        bool
}

func generateCommand(io stdio) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Make the sample databases: ad, edu, ecommerce and hr",
		Long: `Make the sample databases ad, edu, ecommerce and hr on a server, or as a file for the mysql client.

The same seed, scale and day give the same rows. Dates end yesterday. Scale 1 is about 100,000 rows in all. Without --replace,
nothing is written where tables of these names exist.`,
		Example: `  askwire generate --dsn 'root:secret@tcp(127.0.0.1:3306)/'
  askwire generate --dsn "$DSN" --domain ecommerce --domain hr --scale 0.1
  askwire generate --sql samples.sql --seed 7`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (f.dsn == "") == (f.sqlFile == "") {
				return usageError{cmd.CommandPath(), errors.New("give either --dsn or --sql")}
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
			defer stop()
			if f.scale <= 0 {
				return errors.New("--scale takes a number above 0, such as 0.2")
			}
			o := generators.Options{Domains: f.domains, Scale: f.scale, Seed: f.seed, Replace: f.replace}
			if f.sqlFile != "" {
				return writeSQL(f.sqlFile, o, f.force)
			}
			return loadDSN(ctx, io, f.dsn, o)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.dsn, "dsn", "", "server to load into, `user:password@tcp(host:port)/`; the account needs CREATE, DROP, INSERT and REFERENCES")
	fl.StringVar(&f.sqlFile, "sql", "", "`FILE` to write instead")
	fl.StringSliceVar(&f.domains, "domain", nil, "`NAME` of a domain; may be repeated; none = all four")
	fl.Float64Var(&f.scale, "scale", 1, "1 is about 100,000 rows in all")
	fl.Uint64Var(&f.seed, "seed", 1, "same seed, same rows")
	fl.BoolVar(&f.force, "force", false, "write over the file of --sql if it exists")
	fl.BoolVar(&f.replace, "replace", false, "drop and make anew tables that exist")
	return cmd
}

// writeSQL writes a file that is not there yet, or with force anew.
func writeSQL(name string, o generators.Options, force bool) error {
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !force {
		mode |= os.O_EXCL
	}
	file, err := os.OpenFile(name, mode, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the file %s exists. Name another one, or write over it with --force", name)
	}
	if err != nil {
		return err
	}
	if err := generators.WriteSQL(file, o); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

func loadDSN(ctx context.Context, io stdio, dsn string, o generators.Options) error {
	db, err := catalog.OpenDB(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if o.Family, o.Version, err = serverKind(ctx, db); err != nil {
		return fmt.Errorf("the server cannot be reached: %w", err)
	}
	o.Vectors = generators.HasVectors(o.Family, o.Version)
	l := newLoading(io, o.Domains)
	o.Progress = l.progress
	err = generators.Load(ctx, db, o)
	rows := l.finish()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "loaded %d rows\n", rows)
	return err
}

// serverKind asks a server what it is.
func serverKind(ctx context.Context, db *sql.DB) (askwire.Family, string, error) {
	var version, comment string
	if err := db.QueryRowContext(ctx, "SELECT VERSION(), @@version_comment").Scan(&version, &comment); err != nil {
		return "", "", err
	}
	both := strings.ToLower(version + " " + comment)
	switch {
	case strings.Contains(both, "mariadb"):
		return askwire.MariaDB, version, nil
	case strings.Contains(both, "tidb"):
		return askwire.TiDB, version, nil
	case strings.Contains(both, "dolt") || strings.Contains(both, "go-mysql-server") || strings.Contains(both, "embedded"):
		return askwire.Embedded, version, nil
	default:
		return askwire.MySQL, version, nil
	}
}

// loading counts the rows that generators.Load has written and draws a bar of its tables when standard error is a terminal.
type loading struct {
	bar  *progressbar.ProgressBar // nil = not a terminal
	rows map[string]int64         // by table
	full map[string]bool
}

func newLoading(io stdio, domains []string) *loading {
	l := &loading{rows: map[string]int64{}, full: map[string]bool{}}
	if _, tty := terminal(io.err); !tty {
		return l
	}
	tables := 0
	for _, d := range generators.Domains() {
		if len(domains) == 0 || slices.Contains(domains, d.Name) {
			tables += len(d.Tables)
		}
	}
	l.bar = progressbar.NewOptions(tables,
		progressbar.OptionSetWriter(io.err), progressbar.OptionSetDescription("loading the sample databases"),
		progressbar.OptionSetWidth(24), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	return l
}

// progress is for generators.Options.
func (l *loading) progress(domain, table string, done, total int64) {
	id := domain + "." + table
	l.rows[id] = done
	if l.bar == nil {
		return
	}
	if done == total {
		l.full[id] = true
	}
	l.bar.Describe(fmt.Sprintf("loading %-24s", id))
	if len(l.full) < l.bar.GetMax() { // the last table would clear the bar: finish does that
		_ = l.bar.Set(len(l.full)) // decoration: an error of drawing it says nothing about the rows
	}
}

// finish takes the bar away and returns the number of rows.
func (l *loading) finish() int64 {
	if l.bar != nil {
		_ = l.bar.Finish() // as above
	}
	sum := int64(0)
	for _, n := range l.rows {
		sum += n
	}
	return sum
}
