package catalog

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/askwire/askwire"
)

const (
	sampleValues  = 8    // kept for one column
	sampleScan    = 2000 // rows looked at for one table
	sampleChars   = 40   // of one value; longer ones are texts, not codes
	sampleTables  = 50   // read in one refresh, so that a large catalog is sampled over several
	sampleTimeout = 2 * time.Second
)

// sampler remembers the values that were read, so that every refresh reads only tables that are new or changed.
type sampler struct {
	seen map[[2]string]sampled
}

type sampled struct {
	fingerprint uint64
	values      map[string][]string // by column
}

func newSampler() *sampler { return &sampler{seen: make(map[[2]string]sampled)} }

// read puts sample values into snap's columns. A table whose values cannot be read has none: samples help a model,
// nothing depends on them.
func (s *sampler) read(ctx context.Context, db *sql.DB, snap *askwire.Snapshot, allowed func(askwire.ColumnRef) bool) {
	if allowed == nil {
		return
	}
	budget := sampleTables
	for _, t := range snap.Tables {
		var columns []string
		for i := range t.Columns {
			c := &t.Columns[i]
			if samplable(c) && allowed(askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: c.Name}) {
				columns = append(columns, c.Name)
			}
		}
		if len(columns) == 0 || t.View {
			continue
		}
		key := [2]string{t.DB, t.Name}
		have, ok := s.seen[key]
		if (!ok || have.fingerprint != t.Fingerprint) && budget > 0 && ctx.Err() == nil {
			budget--
			if values, err := sampleTable(ctx, db, t, columns); err == nil {
				have = sampled{t.Fingerprint, values}
				s.seen[key] = have
			}
		}
		for _, name := range columns { // only columns that are allowed now, whatever was read before
			if c, ok := t.Column(name); ok {
				c.Samples = have.values[name]
			}
		}
	}
}

// samplable are the types that hold codes and names. An enum's values are in its type.
func samplable(c *askwire.Column) bool {
	return (c.DataType == "varchar" || c.DataType == "char") && c.Key != "PRI" && c.Key != "UNI"
}

// sampleTable looks at the first rows only: no sorting and no scan of a large table.
func sampleTable(ctx context.Context, db *sql.DB, t *askwire.Table, columns []string) (map[string][]string, error) {
	ctx, stop := context.WithTimeout(ctx, sampleTimeout)
	defer stop()
	var q strings.Builder
	q.WriteString("SELECT ")
	for i, c := range columns {
		if i > 0 {
			q.WriteString(", ")
		}
		q.WriteString(quote(c))
	}
	q.WriteString(" FROM " + quote(t.DB) + "." + quote(t.Name) + " LIMIT 2000")
	rows, err := db.QueryContext(ctx, q.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	row := make([]sql.NullString, len(columns))
	dest := make([]any, len(columns))
	for i := range row {
		dest[i] = &row[i]
	}
	counts := make([]map[string]int, len(columns))
	order := make([][]string, len(columns))
	for i := range counts {
		counts[i] = make(map[string]int)
	}
	total := 0
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		total++
		for i, v := range row {
			s := strings.TrimSpace(v.String)
			if !v.Valid || s == "" {
				continue
			}
			if counts[i][s]++; counts[i][s] == 1 {
				order[i] = append(order[i], s)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := make(map[string][]string)
	for i, name := range columns {
		out[name] = codes(order[i], total)
	}
	return out, nil
}

// codes returns the first few of a column's distinct values, or none when they look like free text or like data about
// one person each: too long, or nearly as many as there are rows.
func codes(distinct []string, rows int) []string {
	if len(distinct) > max(sampleValues, rows/10) || len(distinct) > sampleScan/10 {
		return nil
	}
	var out []string
	for _, s := range distinct {
		if len([]rune(s)) > sampleChars {
			return nil
		}
		if len(out) < sampleValues {
			out = append(out, s)
		}
	}
	return out
}

// quote makes an identifier of information_schema safe inside a statement.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }
