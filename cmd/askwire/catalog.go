package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/catalog"
	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/store"
)

func catalogCommand(io stdio) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "catalog",
		Short: "Move names, descriptions, glossary and relationships between files and the store",
		Long: `What people know about the databases stands in the files of catalog.dir, or in the store, where SQL on askwire.tables,
askwire.columns, askwire.terms and askwire.relationships changes it. Both hold at once; where a file says otherwise than the store,
the file wins. Running proxies see a change of the store within seconds, one of the files after SIGHUP.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVarP(&file, "config", "c", "config.toml", "configuration `FILE`")
	var dir string
	export := &cobra.Command{
		Use:   "export",
		Short: "Write what the store holds as TOML",
		Long: `Write what the store holds as TOML: to the terminal, or with --dir as one file for each backend, named askwire-store.toml or
askwire-store-BACKEND.toml. Saved questions are not part of it.`,
		Example: "  askwire catalog export -c config.toml --dir catalog.d",
		Args:    cobra.NoArgs,
		RunE: withStore(&file, func(ctx context.Context, cfg *config.Config, s *store.Store, _ []string) error {
			return exportCatalog(ctx, io, s, dir)
		}),
	}
	export.Flags().StringVar(&dir, "dir", "", "`FOLDER` to write the files to")
	var replace bool
	importing := &cobra.Command{
		Use:   "import [FILE or FOLDER]…",
		Short: "Write what files say into the store",
		Long: `Write what files say into the store: the files of catalog.dir unless others are named. An entry that the store has and that says
something else is refused, all of them are listed, and nothing is written; --replace overwrites them.`,
		Example: "  askwire catalog import -c config.toml shop.toml",
		RunE: withStore(&file, func(ctx context.Context, cfg *config.Config, s *store.Store, args []string) error {
			return importCatalog(ctx, io, cfg, s, args, replace)
		}),
	}
	importing.Flags().BoolVar(&replace, "replace", false, "overwrite entries of the store that differ")
	diff := &cobra.Command{
		Use:     "diff [FILE or FOLDER]…",
		Short:   "List what files and store say differently; exit code 1 when they do",
		Example: "  askwire catalog diff -c config.toml",
		RunE: withStore(&file, func(ctx context.Context, cfg *config.Config, s *store.Store, args []string) error {
			return diffCatalog(ctx, io, cfg, s, args)
		}),
	}
	cmd.AddCommand(export, importing, diff)
	return cmd
}

// withStore runs a command with the configuration's store open.
func withStore(file *string, run func(context.Context, *config.Config, *store.Store, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cfg, problems := config.Load(*file, config.Options{})
		if cfg == nil {
			return problems
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		spool, err := os.MkdirTemp("", "askwire-catalog-") // the spool of proxies is theirs
		if err != nil {
			return err
		}
		defer os.RemoveAll(spool)
		s, err := store.Open(ctx, store.Options{DSN: cfg.Store.DSN.Reveal(), Audit: store.BestEffort, AuditPlain: store.Off, SpoolDir: spool})
		if err != nil {
			return err
		}
		wait, enough := context.WithTimeout(ctx, 10*time.Second)
		defer enough()
		if err = s.Ready(wait); err == nil {
			err = run(ctx, cfg, s, args)
		} else {
			err = fmt.Errorf("the store was not reached: %w", plainCause(err))
		}
		return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
}

func exportCatalog(ctx context.Context, io stdio, s *store.Store, dir string) error {
	list, err := s.Annotations(ctx)
	if err != nil {
		return err
	}
	byBackend := map[string][]askwire.Annotation{}
	for _, a := range list {
		byBackend[a.Backend] = append(byBackend[a.Backend], a)
	}
	for _, backend := range slices.Sorted(maps.Keys(byBackend)) {
		text := tomlOf(backend, byBackend[backend])
		if dir == "" {
			if len(byBackend) > 1 {
				fmt.Fprintf(io.out, "# ---- a file of its own: %s\n", exportName(backend))
			}
			fmt.Fprint(io.out, text)
			continue
		}
		name := filepath.Join(dir, exportName(backend))
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
		fmt.Fprintf(io.out, "%s: %s\n", name, countOfThings(len(byBackend[backend]), "entry"))
	}
	if len(list) == 0 {
		fmt.Fprintln(io.err, "The store holds no annotations.")
	}
	return nil
}

func exportName(backend string) string {
	if backend == "" {
		return "askwire-store.toml"
	}
	return "askwire-store-" + backend + ".toml"
}

// tomlOf writes annotations in the form of catalog.d.
func tomlOf(backend string, list []askwire.Annotation) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			text, _ := json.Marshal(value) // every JSON text is a TOML text
			fmt.Fprintf(&b, "%s = %s\n", key, text)
		}
	}
	lines := func(key string, values []string) {
		if len(values) > 0 {
			text, _ := json.Marshal(values)
			fmt.Fprintf(&b, "%s = %s\n", key, text)
		}
	}
	line("backend", backend)
	tables := map[string][]askwire.Annotation{} // a table's own entry and its columns'
	var rest []askwire.Annotation
	for _, a := range list {
		switch a.Of {
		case askwire.TableNotes, askwire.ColumnNotes:
			id := a.Database + "." + a.Table
			tables[id] = append(tables[id], a)
		default:
			rest = append(rest, a)
		}
	}
	said := func(a *askwire.Annotation) {
		line("name_ko", a.NameKo)
		line("name_en", a.NameEn)
		line("description", a.Description)
		lines("synonyms", a.Synonyms)
	}
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		b.WriteString("\n[[table]]\n")
		line("name", id)
		for _, a := range tables[id] { // the table's own first, as the store lists it
			if a.Of == askwire.ColumnNotes {
				b.WriteString("[[table.column]]\n")
				line("name", a.Column)
			}
			said(&a)
		}
	}
	for _, a := range rest {
		if a.Of == askwire.TermNotes {
			b.WriteString("\n[[term]]\n")
			line("name", a.Name)
			lines("synonyms", a.Synonyms)
			line("meaning", a.Meaning)
			lines("tables", a.Tables)
			continue
		}
		b.WriteString("\n[[relationship]]\n")
		line("from", a.From)
		line("to", a.To)
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// placedOf reads files in the form of the store.
func placedOf(cfg *config.Config, args []string) ([]catalog.Placed, error) {
	var files []catalog.Annotations
	var problems config.Problems
	if len(args) == 0 {
		files, problems = annotationsOf(cfg)
	}
	for _, name := range args {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		dir, only := name, ""
		if !info.IsDir() {
			dir, only = filepath.Dir(name), filepath.Base(name)
		}
		found, ps := config.Annotations(os.DirFS(dir), filepath.Clean(dir))
		for _, f := range found {
			if only == "" || f.File == filepath.Clean(dir)+"/"+only {
				files = append(files, f)
			}
		}
		for _, p := range ps {
			if only == "" || p.File == "" || p.File == filepath.Clean(dir)+"/"+only {
				problems = append(problems, p)
			}
		}
	}
	if problems.Fatal() {
		return nil, problems
	}
	placed, errs := catalog.ToStore(files)
	return placed, errors.Join(errs...)
}

// noteKey is what an annotation is about.
func noteKey(a *askwire.Annotation) string {
	switch a.Of {
	case askwire.TableNotes:
		return named("table ", a.Backend, a.Database+"."+a.Table)
	case askwire.ColumnNotes:
		return named("column ", a.Backend, a.Database+"."+a.Table+"."+a.Column)
	case askwire.TermNotes:
		return named("term ", a.Backend, a.Name)
	}
	return named("relationship ", a.Backend, a.From+" -> "+a.To)
}

func named(kind, backend, name string) string {
	if backend != "" {
		name += " of " + backend
	}
	return kind + name
}

// noteSays is what an annotation says, by its column in the store.
func noteSays(a *askwire.Annotation) [][2]string {
	return [][2]string{{"name_ko", a.NameKo}, {"name_en", a.NameEn}, {"description", a.Description}, {"synonyms", strings.Join(a.Synonyms, ", ")},
		{"meaning", a.Meaning}, {"tables", strings.Join(a.Tables, ", ")}}
}

// differs lists the fields in which two annotations of one thing differ.
func differs(file, stored *askwire.Annotation) []string {
	var out []string
	f, s := noteSays(file), noteSays(stored)
	for i := range f {
		if f[i][1] != s[i][1] {
			out = append(out, fmt.Sprintf("%s is %q in the file and %q in the store", f[i][0], f[i][1], s[i][1]))
		}
	}
	return out
}

// bothSides reads what files say and what the store holds.
func bothSides(ctx context.Context, cfg *config.Config, s *store.Store, args []string) ([]catalog.Placed, []askwire.Annotation, error) {
	placed, err := placedOf(cfg, args)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.Annotations(ctx)
	return placed, list, err
}

func importCatalog(ctx context.Context, io stdio, cfg *config.Config, s *store.Store, args []string, replace bool) error {
	placed, list, err := bothSides(ctx, cfg, s, args)
	if err != nil {
		return err
	}
	stored := map[string]*askwire.Annotation{}
	for i := range list {
		stored[noteKey(&list[i])] = &list[i]
	}
	var write []askwire.Annotation
	var conflicts []error
	for i := range placed {
		a := &placed[i]
		old, ok := stored[noteKey(&a.Annotation)]
		if ok {
			d := differs(&a.Annotation, old)
			if len(d) == 0 {
				continue
			}
			if !replace {
				conflicts = append(conflicts, fmt.Errorf("%s: %s: %s", a.Place, noteKey(&a.Annotation), strings.Join(d, "; ")))
				continue
			}
		}
		write = append(write, a.Annotation)
	}
	if len(conflicts) > 0 {
		return fmt.Errorf("%w\nNothing was written. Correct the files, or overwrite with --replace", errors.Join(conflicts...))
	}
	n, err := s.PutAnnotations(ctx, "askwire catalog import", write)
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "%d of %d entries written; the others were there.\n", n, len(placed))
	return nil
}

func diffCatalog(ctx context.Context, io stdio, cfg *config.Config, s *store.Store, args []string) error {
	placed, list, err := bothSides(ctx, cfg, s, args)
	if err != nil {
		return err
	}
	files := map[string]*catalog.Placed{}
	for i := range placed {
		files[noteKey(&placed[i].Annotation)] = &placed[i]
	}
	var lines []string
	for i := range list {
		key := noteKey(&list[i])
		f, ok := files[key]
		if !ok {
			lines = append(lines, fmt.Sprintf("only in the store: %s (%s, %s)", key, list[i].By, list[i].At.UTC().Format("2006-01-02 15:04:05")))
			continue
		}
		for _, d := range differs(&f.Annotation, &list[i]) {
			lines = append(lines, fmt.Sprintf("differs: %s: %s (%s)", key, d, f.Place))
		}
		delete(files, key)
	}
	for key, f := range files {
		lines = append(lines, fmt.Sprintf("only in a file: %s (%s)", key, f.Place))
	}
	slices.Sort(lines)
	for _, l := range lines {
		fmt.Fprintln(io.out, l)
	}
	if len(lines) > 0 {
		return errReported
	}
	fmt.Fprintln(io.out, "Files and store say the same.")
	return nil
}
