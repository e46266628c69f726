package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Difference is one place where the run through askwire is not as the direct one.
type Difference struct {
	Client    string
	Engine    string // mariadb or mysql
	On        string // wire, or the client's own interface: client
	Statement string // the text or command on the wire; the step of the script
	Field     string // such as Replies[0].Columns[2].Length
	Direct    string
	Proxied   string
}

func (d Difference) String() string {
	return fmt.Sprintf("%s, %.160s, %s:\n\tdirect  %.400s\n\tthrough %.400s", d.On, d.Statement, d.Field, d.Direct, d.Proxied)
}

// Question is a question with the SQL that it stands for.
type Question struct {
	Asked string // what is sent to askwire
	Plain string // what is sent directly
	// Summary says that the answer has one more column than the SQL's rows.
	Summary bool
	// Value says that the answer is one text, in a column that has the type of long texts whatever the answer is.
	Value bool
	// Late says that the answer is described when it is executed: the statement is prepared with a marker and without columns.
	Late bool
}

// Comparison is what both runs of a client have to do with each other.
type Comparison struct {
	Client, Engine string
	Questions      []Question
	Suffix         string // of the version that askwire announces

	differences []Difference
}

// Differences are those found so far.
func (c *Comparison) Differences() []Difference { return c.differences }

func (c *Comparison) add(on, statement, field, direct, proxied string) {
	c.differences = append(c.differences, Difference{c.Client, c.Engine, on, statement, field, direct, proxied})
}

// question finds the question in a statement that went to askwire, which a client may have wrapped.
func (c *Comparison) question(text string) (q Question, ok bool) {
	for _, q := range c.Questions {
		if strings.Contains(text, q.Asked) {
			return q, true
		}
	}
	return Question{}, false
}

// Wire compares the connections of both runs in the order of their coming.
func (c *Comparison) Wire(direct, proxied []*Transcript) {
	if len(direct) != len(proxied) {
		c.add("wire", "connections", "count", fmt.Sprint(len(direct)), fmt.Sprint(len(proxied)))
	}
	for i := range min(len(direct), len(proxied)) {
		c.transcript(c.same(direct, i), c.same(proxied, i))
	}
}

// same gives a transcript in which ids of connections and the announced version are as in every other run.
func (c *Comparison) same(run []*Transcript, at int) *Transcript {
	t := *run[at]
	ids := map[string]string{}
	for i, other := range run {
		ids[fmt.Sprint(other.Greeting.ID)] = fmt.Sprintf("<connection %d>", i)
	}
	t.Greeting.Version = c.version(t.Greeting.Version)
	t.Exchanges = slices.Clone(t.Exchanges)
	for i, e := range t.Exchanges {
		if killing.MatchString(e.Text) {
			e.Text = number.ReplaceAllStringFunc(e.Text, func(n string) string {
				if id, ok := ids[n]; ok {
					return id
				}
				return n
			})
		}
		naming := namingConnection.MatchString(e.Text)
		e.Replies = slices.Clone(e.Replies)
		for j, r := range e.Replies {
			e.Replies[j].Text = c.version(uptime.ReplaceAllString(r.Text, ""))
			if r.Rows == nil {
				continue
			}
			if r.Error != nil && r.Rows.Count == 0 {
				// A server may have described the rows before it finds that there will be none.
				e.Replies[j].Columns, e.Replies[j].Rows, e.Replies[j].Described = nil, nil, true
				continue
			}
			rows := *r.Rows
			rows.First = slices.DeleteFunc(slices.Clone(rows.First), func(row []*string) bool {
				return c.Suffix != "" && len(row) > 0 && row[0] != nil && *row[0] == "ask" && listing.MatchString(e.Text)
			})
			rows.Count -= len(r.Rows.First) - len(rows.First)
			for k, row := range rows.First {
				row = slices.Clone(row)
				for l, v := range row {
					if v == nil {
						continue
					}
					s := c.version(*v)
					if id, ok := ids[s]; ok && naming {
						s = id
					}
					row[l] = &s
				}
				rows.First[k] = row
			}
			if rows.Count == len(rows.First) {
				rows.Sum = "" // all that it sums up is there
			}
			e.Replies[j].Rows = &rows
		}
		t.Exchanges[i] = e
	}
	hungUp(t.Exchanges)
	return &t
}

// hungUp makes one of what a server may say to a client that is gone: nothing, or that its statement was interrupted.
func hungUp(all []Exchange) {
	if len(all) == 0 {
		return
	}
	last := &all[len(all)-1]
	for i, r := range last.Replies {
		if r.Cut || r.Error != nil && r.Error.Number == 1317 {
			last.Replies[i] = Reply{Cut: true}
		}
	}
}

var (
	killing          = regexp.MustCompile(`(?i)^\s*KILL\b`)
	number           = regexp.MustCompile(`\d+`)
	namingConnection = regexp.MustCompile(`(?i)connection_id\s*\(|pseudo_thread_id`)
	listing          = regexp.MustCompile(`(?i)SHOW\s+(DATABASES|SCHEMAS)|information_schema`)
	uptime           = regexp.MustCompile(`\d+(\.\d+)?`)
)

func (c *Comparison) version(s string) string {
	if c.Suffix == "" {
		return s
	}
	return strings.ReplaceAll(s, c.Suffix, "")
}

func (c *Comparison) transcript(direct, proxied *Transcript) {
	c.fields("wire", "greeting", direct.Greeting, proxied.Greeting)
	c.fields("wire", "login", direct.Login, proxied.Login)
	a, b := c.withoutEarlyColumns(direct.Exchanges), c.answers(proxied.Exchanges)
	for _, pair := range align(a, b) {
		switch {
		case pair[1] < 0:
			c.add("wire", title(a[pair[0]]), "statement", "sent", "not sent")
		case pair[0] < 0:
			c.add("wire", title(b[pair[1]]), "statement", "not sent", "sent")
		default:
			c.fields("wire", title(a[pair[0]]), a[pair[0]].Replies, b[pair[1]].Replies)
		}
	}
}

// answers gives the exchanges with each question replaced by its SQL, and its answer by the rows of that.
func (c *Comparison) answers(all []Exchange) []Exchange {
	var out []Exchange
	asked := false // the last statement was a question
	for _, e := range all {
		q, ok := c.question(e.Text)
		if !ok {
			if showsWarnings.MatchString(e.Text) && asked {
				e.Replies = withoutNotes(e.Replies)
			} else if e.Text != "" && !countsWarnings.MatchString(e.Text) {
				asked = false
			}
			out = append(out, e)
			continue
		}
		asked = true
		e.Text = strings.ReplaceAll(e.Text, q.Asked, q.Plain)
		e.Replies = slices.Clone(e.Replies)
		for i, r := range e.Replies {
			e.Replies[i] = c.answer(e, r, q)
		}
		out = append(out, e)
	}
	return out
}

var (
	showsWarnings  = regexp.MustCompile(`(?i)^\s*SHOW\s+WARNINGS`)
	countsWarnings = regexp.MustCompile(`(?i)@@warning_count|SHOW\s+COUNT\(\*\)\s+WARNINGS`)
)

// withoutNotes takes the rows away that say where an answer came from.
func withoutNotes(replies []Reply) []Reply {
	replies = slices.Clone(replies)
	for i, r := range replies {
		if r.Rows == nil {
			continue
		}
		replies[i].Rows = &Rows{}
	}
	return replies
}

// answer takes the summary out, whose column is the last.
func (c *Comparison) answer(e Exchange, r Reply, q Question) Reply {
	if r.OK != nil && e.Command != "COM_STMT_PREPARE" {
		ok := *r.OK
		ok.Warnings = 0 // the notes of the question
		r.OK = &ok
	}
	if q.Late && e.Command == "COM_STMT_PREPARE" {
		if len(r.Columns) != 0 || len(r.Params) != 1 {
			c.add("wire", q.Asked, "Late", "one marker, no columns", fmt.Sprintf("%d markers, %d columns", len(r.Params), len(r.Columns)))
		}
		r.Columns, r.Params = nil, nil
		return r
	}
	if q.Value && len(r.Columns) > 0 {
		if len(r.Columns) != 1 || r.Columns[0].Type != typeBlob {
			c.add("wire", q.Asked, "value", "one long text", fmt.Sprint(r.Columns))
		}
		r.Columns = nil
		return r
	}
	if !q.Summary || len(r.Columns) == 0 {
		return r
	}
	last := len(r.Columns) - 1
	if name := r.Columns[last].Name; name != "summary" {
		c.add("wire", q.Asked, "summary", "summary", name)
	}
	r.Columns = r.Columns[:last]
	if r.Rows == nil {
		return r
	}
	rows := Rows{Count: r.Rows.Count}
	for i, row := range r.Rows.First {
		if worded := row[last] != nil && *row[last] != ""; worded != (i == 0) {
			c.add("wire", q.Asked, "summary", "in the first row alone", fmt.Sprintf("in row %d: %v", i, worded))
		}
		rows.First = append(rows.First, row[:last])
	}
	r.Rows = &rows
	return r
}

// withoutEarlyColumns takes the definitions away that the answer of a question does not have, or has later.
func (c *Comparison) withoutEarlyColumns(all []Exchange) []Exchange {
	all = slices.Clone(all)
	for i, e := range all {
		for _, q := range c.Questions {
			late := q.Late && e.Command == "COM_STMT_PREPARE"
			if (q.Value || late) && strings.Contains(e.Text, q.Plain) {
				all[i].Replies = slices.Clone(e.Replies)
				for j := range all[i].Replies {
					all[i].Replies[j].Columns = nil
				}
			}
		}
	}
	return all
}

func title(e Exchange) string {
	if e.Text == "" {
		return e.Command
	}
	return e.Command + " " + e.Text
}

// align pairs two courses of commands: their longest common subsequence, and what is on one side only (-1 for the other).
func align(a, b []Exchange) (pairs [][2]int) {
	n, m := len(a), len(b)
	common := make([][]int, n+1)
	for i := range common {
		common[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if title(a[i]) == title(b[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && title(a[i]) == title(b[j]):
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case j == m || i < n && common[i+1][j] >= common[i][j+1]:
			pairs = append(pairs, [2]int{i, -1})
			i++
		default:
			pairs = append(pairs, [2]int{-1, j})
			j++
		}
	}
	return pairs
}

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
		if strings.HasPrefix(name, "ask") && s["rows"] != nil {
			s = withoutSummary(s)
		}
		d := direct[i]
		if name == "value" {
			d, s = maps.Clone(d), maps.Clone(s)
			delete(d, "columns")
			delete(s, "columns")
		}
		s = withoutSavedQuestions(s)
		if strings.HasPrefix(name, "ask") || s["said"] == nil {
			d = maps.Clone(d)
			delete(d, "said") // how many rows and warnings there were
			delete(s, "said")
		}
		c.fields("client", name, c.plain(d), c.plain(s))
	}
}

// withoutSummary takes the last column away.
func withoutSummary(s Step) Step {
	s = maps.Clone(s)
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
	return s
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

// withoutSavedQuestions takes the schema of saved questions out of a list of databases.
func withoutSavedQuestions(s Step) Step {
	rows, ok := s["rows"].([]any)
	if !ok {
		return s
	}
	kept := slices.DeleteFunc(slices.Clone(rows), func(row any) bool {
		if cells, ok := row.([]any); ok && len(cells) > 0 {
			row = cells[0]
		}
		text, _ := row.(string)
		return savedQuestions.MatchString(text)
	})
	s = maps.Clone(s)
	if s["rows"] = kept; len(kept) < len(rows) {
		delete(s, "said")
	}
	return s
}

var savedQuestions = regexp.MustCompile(`^(\w+:|\| |")?ask(\s|"|\|)*$`)

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

// fields compares two values field by field, as JSON has them.
func (c *Comparison) fields(on, statement string, direct, proxied any) {
	c.walk(on, statement, "", tree(direct), tree(proxied))
}

func tree(v any) (out any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // transcripts are plain data
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		panic(err)
	}
	return out
}

func (c *Comparison) walk(on, statement, field string, a, b any) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, k := range slices.Sorted(maps.Keys(union(x, y))) {
			c.walk(on, statement, join(field, k), x[k], y[k])
		}
		return
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			c.walk(on, statement, fmt.Sprintf("%s[%d]", field, i), x[i], y[i])
		}
		return
	}
	if p, q := short(a), short(b); p != q {
		c.add(on, statement, field, p, q)
	}
}

func union(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
