package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// result is a result set as text; nil is NULL.
type result struct {
	Columns []string
	Types   []string // MySQL type names as the driver gives them
	Rows    [][]*string
	Notes   []string // SHOW WARNINGS
}

// printTable prints a result as the mysql client does, wide characters counted as two. Control characters are escaped: rows are
// written by others, and a terminal obeys them.
func printTable(w io.Writer, r result) error {
	ascii := tw.NewSymbols(tw.StyleASCII)
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: ascii})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: alignments(r.Types)}),
		tablewriter.WithTrimSpace(tw.Off),
	)
	header := make([]any, len(r.Columns))
	for i, c := range r.Columns {
		header[i] = printable(c)
	}
	t.Header(header...)
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = "NULL"
			if v != nil {
				cells[i] = printable(*v)
			}
		}
		if err := t.Append(cells); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	rows := "rows"
	if len(r.Rows) == 1 {
		rows = "row"
	}
	fmt.Fprintf(w, "%d %s\n", len(r.Rows), rows)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "Note: %s\n", printable(n))
	}
	return nil
}

func alignments(types []string) []tw.Align {
	out := make([]tw.Align, len(types))
	for i, t := range types {
		out[i] = tw.AlignLeft
		if isNumber(t) {
			out[i] = tw.AlignRight
		}
	}
	return out
}

func isNumber(t string) bool {
	t = strings.TrimPrefix(t, "UNSIGNED ")
	switch t {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR":
		return true
	}
	return false
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < 0x20 || 0x7f <= r && r < 0xa0:
			return '\uFFFD'
		default:
			return r
		}
	}, s)
}

// printJSON prints one object: columns, rows as objects in column order, notes. Numbers stay numbers, digit for digit.
func printJSON(w io.Writer, r result) error {
	var b bytes.Buffer
	b.WriteString(`{"columns":`)
	writeJSON(&b, r.Columns)
	b.WriteString(`,"rows":[`)
	for i, row := range r.Rows {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n{")
		for j, v := range row {
			if j > 0 {
				b.WriteString(",")
			}
			writeJSON(&b, r.Columns[j])
			b.WriteString(":")
			switch {
			case v == nil:
				b.WriteString("null")
			case isNumber(r.Types[j]) && json.Valid([]byte(*v)):
				b.WriteString(*v)
			default:
				writeJSON(&b, *v)
			}
		}
		b.WriteString("}")
	}
	b.WriteString(`],"notes":`)
	if r.Notes == nil {
		r.Notes = []string{}
	}
	writeJSON(&b, r.Notes)
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// writeJSON cannot fail for strings and lists of strings.
func writeJSON(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	b.Truncate(b.Len() - 1)
}
