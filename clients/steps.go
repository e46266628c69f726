package clients

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Step is a line that a script printed.
type Step map[string]any

// Steps compares what the client's interface gave.
func (c *Comparison) Steps(direct, proxied []Step) {
	names := func(steps []Step) (all []string) {
		for _, s := range steps {
			all = append(all, fmt.Sprint(s["name"]))
		}
		return all
	}
	a, b := names(direct), names(proxied)
	if !slices.Equal(a, b) {
		c.add("client", "steps", "names", strings.Join(a, " "), strings.Join(b, " "))
		return
	}
	for i, s := range proxied {
		name := a[i]
		if strings.HasPrefix(name, "notes") {
			continue // judged by itself
		}
		d := maps.Clone(direct[i])
		s = maps.Clone(s)
		q, asked := c.step(name)
		if q.Summary && s["rows"] != nil {
			withoutSummary(s)
		}
		if q.Value {
			delete(d, "columns")
			delete(s, "columns")
		}
		if shorter := withoutOneSided(d) + withoutOneSided(s); asked || shorter > 0 || s["said"] == nil {
			delete(d, "said") // how many rows and warnings there were
			delete(s, "said")
		}
		c.fields("client", name, c.plain(d), c.plain(s))
	}
}

// step finds the question of a step.
func (c *Comparison) step(name string) (Question, bool) {
	for _, q := range c.Questions {
		if q.Step == name {
			return q, true
		}
	}
	return Question{}, false
}

// withoutSummary takes the last column away.
func withoutSummary(s Step) {
	if columns, ok := s["columns"].([]any); ok && len(columns) > 0 {
		last := len(columns) - 1
		for last > 0 && described(columns[last]) {
			last--
		}
		s["columns"] = columns[:last]
	}
	if rows, ok := s["rows"].([]any); ok {
		rows = slices.Clone(rows)
		for i, row := range rows {
			switch row := row.(type) {
			case []any:
				rows[i] = row[:max(len(row)-1, 0)]
			case string:
				rows[i] = withoutLastCell(row)
			}
		}
		s["rows"] = rows
	}
}

// described reports whether a line of the mariadb client's column information goes on with the column of the line before.
func described(line any) bool {
	text, ok := line.(string)
	return ok && strings.Contains(text, ": ") && !strings.HasPrefix(text, "Field ")
}

// withoutLastCell takes the last cell from a line of a table, as clients on a terminal draw them.
func withoutLastCell(line string) string {
	for _, end := range []string{"|", "+"} {
		if strings.HasPrefix(line, end) && strings.HasSuffix(line, end) && len(line) > 1 {
			return line[:strings.LastIndex(line[:len(line)-1], end)+1]
		}
	}
	if at := strings.LastIndex(line, "\t"); at >= 0 {
		return line[:at]
	}
	if at := strings.LastIndex(line, ",\""); at >= 0 {
		return line[:at]
	}
	return line
}

// withoutOneSided takes what is outside out of every list of a step, and says how many rows these are.
func withoutOneSided(s Step) (n int) {
	for name, v := range s {
		rows, ok := v.([]any)
		if !ok {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(rows), func(row any) bool {
			columns := 1
			if cells, ok := row.([]any); ok && len(cells) > 0 {
				row, columns = cells[0], len(cells)
			}
			text, _ := row.(string)
			if first, _, ok := strings.Cut(text, "\t"); ok {
				text, columns = first, columns+1
			}
			m := listed.FindStringSubmatch(text)
			return m != nil && outside(m[1], columns)
		})
		if len(kept) < len(rows) {
			s[name] = kept
			n += len(rows) - len(kept)
		}
	}
	return n
}

// listed is a name as clients show it: with its type before it, quoted, or as a line of a table.
var listed = regexp.MustCompile(`^(?:\w+:|\| |")*(\w+)[\s"|]*$`)

// plain takes the suffix of the version out of every text.
func (c *Comparison) plain(v any) any {
	switch v := v.(type) {
	case string:
		return c.version(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = c.plain(v[i])
		}
		return out
	case Step:
		return c.plain(map[string]any(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = c.plain(v[k])
		}
		return out
	default:
		return v
	}
}
