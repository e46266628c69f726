package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/eval"
)

type evalFlags struct {
	mode, split, splitBy, state, json, html string
	catalogs, models                        []string
	ks                                      []int
	scoped, failures                        bool
	concurrency                             int

	ask evalLive
	rec evalRecorded
	emb evalEmbeddings
}

func evalCommand(io stdio) *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval QUESTIONS…",
		Short: "Measure how well questions are answered",
		Long: `Measure how well questions are answered, from files of questions with their known SQL or tables (JSON or CSV; columns id, db,
question, evidence, sql, tables).

  --mode retrieval   is every table that is needed among the first k? Needs catalog files only: no model, no database
  --mode recorded    texts that models wrote earlier pass through extraction, repair from the catalog and the guard, and run on a
                     private engine, on the small databases that come with the questions
  --mode live        a running askwire answers, with the model and the profile of its configuration; costs what its model costs

An answer is right when its set of rows is that of the gold SQL. Every other one has a reason: MISSING_ROWS, EXTRA_ROWS, WRONG_ROWS,
WRONG_COLUMNS, EMPTY, ERROR (of the database), REFUSED (by the guard), NO_SQL, NO_MODEL, MISSING_TABLES.

With --state a run that was interrupted goes on where it stopped.`,
		Example: `  askwire eval --mode retrieval --catalog catalog.json questions.json
  askwire eval --mode recorded --databases databases.jsonl.gz --html report.html questions.json
  ASKWIRE_PASSWORD=demo askwire eval --state run.jsonl --html report.html questions.csv`,
		Args: needs("a question file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return usageError{cmd.CommandPath(), err}
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return f.run(ctx, io, args)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.mode, "mode", "live", "`live`, recorded or retrieval")
	fl.IntSliceVar(&f.ks, "k", []int{5, 10, 20}, "the `k` of F@k, the share of questions whose tables are all among the first k")
	fl.StringVar(&f.split, "split", "all", "`all`, tuning or test: the half of the questions to measure")
	fl.StringVar(&f.splitBy, "split-by", "database", "`database` or tables: what stays together when the questions are split")
	fl.IntVar(&f.concurrency, "concurrency", 2, "questions at once")
	fl.StringVar(&f.state, "state", "", "`FILE` that keeps what is finished, so that an interrupted run goes on")
	fl.StringVar(&f.json, "json", "", "write every result as JSON to `FILE`; - is standard output")
	fl.StringVar(&f.html, "html", "", "write a report with charts to `FILE`, one page that needs no other file")
	fl.BoolVar(&f.failures, "failures", false, "list the questions that failed, too")
	fl.StringSliceVar(&f.catalogs, "catalog", nil, "retrieval: catalog `FILES`, all in one catalog")
	fl.BoolVar(&f.scoped, "scoped", false, "retrieval: a question sees the tables of its own database only")
	fl.StringVar(&f.emb.url, "embeddings", "", "retrieval: rank by meaning too, with the embeddings of this OpenAI-compatible server, `URL` up to /v1; key in OPENAI_API_KEY")
	fl.StringVar(&f.emb.model, "embeddings-model", "", "retrieval: `NAME` of the embeddings' model")
	fl.StringVar(&f.emb.query, "embeddings-query-prefix", "", "retrieval: `TEXT` that this model wants before a question, such as 'query: '")
	fl.StringVar(&f.emb.passage, "embeddings-passage-prefix", "", "retrieval: `TEXT` that it wants before a table, such as 'passage: '")
	fl.StringVar(&f.emb.vectors, "vectors", "", "retrieval: `FILE` that keeps the vectors for the next run")
	fl.StringVar(&f.rec.databases, "databases", "", "recorded: `FILE` with the questions' small databases, and with answers")
	fl.StringVar(&f.rec.answers, "answers", "", `recorded: `+"`FILE`"+` with the answers, JSON: {"model": {"question id": "text"}}`)
	fl.StringVar(&f.rec.engine, "engine", "mariadb", "recorded: the private engine: `mariadb`, mysql, mariadb11 or tidb")
	fl.StringSliceVar(&f.models, "models", nil, "recorded: only these `MODELS`")
	fl.StringVar(&f.ask.addr, "addr", "127.0.0.1:4306", "live: address of askwire, `HOST:PORT`")
	fl.StringVar(&f.ask.user, "user", "demo", "live: user of askwire's config.toml")
	fl.StringVar(&f.ask.passwordFile, "password-file", "", "live: `FILE` that holds the password; else ASKWIRE_PASSWORD does")
	fl.StringVar(&f.ask.tls, "tls", "preferred", "live: `preferred`, true (verified), skip-verify or false")
	fl.StringVar(&f.ask.using, "using", "", "live: `OPTIONS` of the questions, as after USING: 'model = ''big'''")
	return cmd
}

func (f *evalFlags) check() error {
	switch {
	case !slices.Contains([]string{"live", "recorded", "retrieval"}, f.mode):
		return fmt.Errorf("--mode must be live, recorded or retrieval, not %q", f.mode)
	case !slices.Contains([]string{"all", "tuning", "test"}, f.split):
		return fmt.Errorf("--split must be all, tuning or test, not %q", f.split)
	case f.splitBy != "database" && f.splitBy != "tables":
		return fmt.Errorf("--split-by must be database or tables, not %q", f.splitBy)
	case f.mode == "retrieval" && len(f.catalogs) == 0:
		return errors.New("--mode retrieval needs --catalog")
	case f.emb.url != "" && (f.mode != "retrieval" || f.emb.model == ""):
		return errors.New("--embeddings is of --mode retrieval, and needs --embeddings-model")
	case f.emb.url != "" && len(f.ks) > 0 && slices.Max(f.ks) > 20:
		return errors.New("--k is at most 20 with --embeddings: so many tables are ranked")
	case f.mode == "recorded" && f.rec.databases == "":
		return errors.New("--mode recorded needs --databases")
	case len(f.ks) == 0 || slices.Min(f.ks) < 1:
		return errors.New("--k must be numbers above 0")
	case f.concurrency < 1:
		return errors.New("--concurrency must be 1 or more")
	}
	slices.Sort(f.ks)
	return nil
}

func (f *evalFlags) run(ctx context.Context, io stdio, files []string) error {
	questions, err := eval.Load(files...)
	if err != nil {
		return err
	}
	if questions = eval.Split(questions, eval.Half(f.split), f.splitBy == "tables"); len(questions) == 0 {
		return fmt.Errorf("the %s half of the questions is empty. Choose --split all", f.split)
	}
	measure, finish, done, err := f.measure(ctx, io)
	if err != nil {
		return err
	}
	defer done()
	var state *eval.State
	if f.state != "" {
		run, err := f.fingerprint(files)
		if err != nil {
			return err
		}
		if state, err = eval.OpenState(f.state, run); err != nil {
			return err
		}
		if n := state.Done(); n > 0 {
			fmt.Fprintf(io.err, "%s: %d questions are measured already\n", f.state, n)
		}
	}
	results, err := eval.Run(ctx, questions, measure, eval.Options{Concurrency: f.concurrency, State: state, Progress: evalProgress(io)})
	if err := errors.Join(err, state.Close()); err != nil {
		if f.state != "" {
			return fmt.Errorf("%w. What is finished is in %s; the same command goes on", err, f.state)
		}
		return err
	}
	if finish != nil {
		if err := finish(ctx, results); err != nil {
			return err
		}
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = filepath.Base(file)
	}
	title := "askwire eval: " + strings.Join(names, ", ")
	if f.split != "all" {
		title += fmt.Sprintf(" (%s half, split by %s)", f.split, f.splitBy)
	}
	return f.write(io, eval.Sum(title, time.Now(), results, f.ks))
}

// measure builds the way of measuring. finish, when there is one, completes the results; done ends what was started.
func (f *evalFlags) measure(ctx context.Context, io stdio) (m eval.Measure, finish func(context.Context, []eval.Result) error, done func(), err error) {
	switch f.mode {
	case "retrieval":
		snap, err := eval.LoadCatalog(f.catalogs...)
		if err != nil {
			return nil, nil, nil, err
		}
		catalog.Warm(snap)
		fmt.Fprintf(io.err, "%d tables in one catalog\n", len(snap.Tables))
		if f.emb.url != "" {
			search, finish, err := f.emb.start(ctx, io, snap)
			if err != nil {
				return nil, nil, nil, err
			}
			return eval.Retrieval(snap, search, slices.Max(f.ks), f.scoped), finish, func() {}, nil
		}
		return eval.Retrieval(snap, catalog.Search, slices.Max(f.ks), f.scoped), nil, func() {}, nil
	case "recorded":
		f.rec.models, f.rec.sites = f.models, f.concurrency
		m, done, err = f.rec.start(ctx, io)
		return m, nil, done, err
	default:
		m, finish, done, err = f.ask.start(ctx, f.concurrency)
		return m, finish, done, err
	}
}

// fingerprint is of all that decides the results, the contents of the files included.
func (f *evalFlags) fingerprint(files []string) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %t %v %v %s %s %q %q", f.mode, f.scoped, f.ks, f.models, f.emb.url, f.emb.model, f.emb.query, f.emb.passage)
	switch f.mode {
	case "recorded":
		fmt.Fprintf(h, "%s", f.rec.engine)
	case "live":
		fmt.Fprintf(h, "%q %q %q", f.ask.addr, f.ask.user, f.ask.using)
	}
	for _, name := range slices.Concat(files, f.catalogs, []string{f.rec.databases, f.rec.answers}) {
		if name == "" {
			continue
		}
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(h, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// evalProgress draws a bar when standard error is a terminal.
func evalProgress(io stdio) func(done, total int) {
	if _, tty := terminal(io.err); !tty {
		return nil
	}
	var bar *progressbar.ProgressBar
	var once sync.Once
	return func(done, total int) {
		once.Do(func() {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(io.err), progressbar.OptionSetDescription("measuring"),
				progressbar.OptionSetWidth(24), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		})
		_ = bar.Set(done) // decoration
	}
}

func (f *evalFlags) write(io stdio, r *eval.Report) error {
	out := io.out
	if f.json == "-" {
		out = io.err // standard output is for the JSON
	}
	if err := f.printReport(out, r); err != nil {
		return err
	}
	if f.json == "-" {
		if err := r.WriteJSON(io.out); err != nil {
			return err
		}
	} else if f.json != "" {
		if err := writeFile(f.json, r.WriteJSON); err != nil {
			return err
		}
	}
	if f.html != "" {
		return writeFile(f.html, r.WriteHTML)
	}
	return nil
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

// printReport prints a table of the subjects, one of the reasons, and what was lost on the way.
func (f *evalFlags) printReport(w io.Writer, r *eval.Report) error {
	fmt.Fprintln(w, r.Title)
	t := evalTable{head: []string{"subject", "questions", "counted", "right", "accuracy"}}
	for _, k := range f.ks {
		t.head = append(t.head, fmt.Sprintf("F@%d", k))
	}
	t.head = append(t.head, "tokens in", "tokens out", "cost", "seconds p50", "seconds p95")
	for _, s := range r.Subjects {
		row := []string{s.Name, fmt.Sprint(s.Questions), fmt.Sprint(s.Counted), "", ""}
		if s.Ran > 0 {
			row[3], row[4] = fmt.Sprint(s.Right), fmt.Sprintf("%.1f %%", 100*s.Accuracy)
		}
		for i := range f.ks {
			cell := ""
			if i < len(s.F) {
				cell = fmt.Sprintf("%.3f", s.F[i].Share)
			}
			row = append(row, cell)
		}
		t.rows = append(t.rows, append(row, fmt.Sprint(s.Input), fmt.Sprint(s.Output), fmt.Sprintf("%.4f", s.Cost), fmt.Sprintf("%.4f", s.P50), fmt.Sprintf("%.4f", s.P95)))
	}
	if err := t.print(w); err != nil {
		return err
	}
	reasons := evalTable{head: []string{"reason"}}
	for _, s := range r.Subjects {
		reasons.head = append(reasons.head, s.Name)
	}
	for _, reason := range eval.Reasons() {
		row, any := []string{string(reason)}, false
		for _, s := range r.Subjects {
			row = append(row, fmt.Sprint(s.Reasons[reason]))
			any = any || s.Reasons[reason] > 0
		}
		if any {
			reasons.rows = append(reasons.rows, row)
		}
	}
	if err := reasons.print(w); err != nil {
		return err
	}
	if len(r.Lost) > 0 {
		fmt.Fprintln(w, "right as it is, and not through askwire:")
		lost := evalTable{head: []string{"question", "subject", "reason", "detail"}}
		for _, l := range r.Lost {
			lost.rows = append(lost.rows, []string{l.ID, l.Subject, string(l.Reason), shorten(l.Detail)})
		}
		if err := lost.print(w); err != nil {
			return err
		}
	}
	if !f.failures {
		return nil
	}
	failed := evalTable{head: []string{"question", "subject", "reason", "text", "detail"}}
	for _, x := range r.Failures() {
		failed.rows = append(failed.rows, []string{x.ID, x.Subject, string(x.Reason), shorten(x.Question), shorten(x.Detail)})
	}
	return failed.print(w)
}

// evalTable is a table of texts.
type evalTable struct {
	head []string
	rows [][]string
}

func (t evalTable) print(w io.Writer) error {
	r := result{Columns: t.head, Types: make([]string, len(t.head))}
	for _, row := range t.rows {
		cells := make([]*string, len(row))
		for i := range row {
			cells[i] = &row[i]
		}
		r.Rows = append(r.Rows, cells)
	}
	return printTable(w, r)
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
