package generators_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"

	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// The shape of the annotation files, as far as these tests look at it.
type sample struct {
	Database string        `toml:"database"`
	Tables   []sampleTable `toml:"table"`
	Terms    []struct {
		Name     string   `toml:"name"`
		Synonyms []string `toml:"synonyms"`
		Meaning  string   `toml:"meaning"`
		Tables   []string `toml:"tables"`
	} `toml:"term"`
	Joins []struct {
		From string `toml:"from"`
		To   string `toml:"to"`
	} `toml:"relationship"`
	Questions []sampleQuestion `toml:"question"`
}

type sampleTable struct {
	Name        string         `toml:"name"`
	NameKo      string         `toml:"name_ko"`
	NameEn      string         `toml:"name_en"`
	Description string         `toml:"description"`
	Synonyms    []string       `toml:"synonyms"`
	Columns     []sampleColumn `toml:"column"`
}

type sampleColumn struct {
	Name     string   `toml:"name"`
	NameKo   string   `toml:"name_ko"`
	NameEn   string   `toml:"name_en"`
	Synonyms []string `toml:"synonyms"`
}

type sampleQuestion struct {
	Name       string            `toml:"name"`
	Questions  []string          `toml:"questions"`
	SQL        string            `toml:"sql"`
	Params     []sampleParam     `toml:"param"`
	Explain    map[string]string `toml:"explain"`
	Summary    map[string]string `toml:"summary"`
	VerifiedBy string            `toml:"verified_by"`
	Onboarding bool              `toml:"use_as_onboarding_question"`
}

type sampleParam struct {
	Name    string            `toml:"name"`
	Type    string            `toml:"type"`
	Default string            `toml:"default"`
	Values  []string          `toml:"values"`
	Aliases map[string]string `toml:"aliases"`
	Min     int64             `toml:"min"`
	Max     int64             `toml:"max"`
}

func samples(t *testing.T) map[string]sample {
	t.Helper()
	files, err := fs.Glob(generators.Annotations(), "samples/*.toml")
	if err != nil || len(files) != 4 {
		t.Fatalf("files %v, %v", files, err)
	}
	out := map[string]sample{}
	for _, name := range files {
		data, err := fs.ReadFile(generators.Annotations(), name)
		if err != nil {
			t.Fatal(err)
		}
		var s sample
		meta, err := toml.Decode(string(data), &s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if unknown := meta.Undecoded(); len(unknown) > 0 {
			t.Errorf("%s: unknown keys %v", name, unknown)
		}
		out[s.Database] = s
	}
	return out
}

func questions(t *testing.T) []sampleQuestion {
	var out []sampleQuestion
	all := samples(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name].Questions...)
	}
	return out
}

// arguments returns the values to try for a parameter, the first of which is what its default or a sample would be.
func (p sampleParam) arguments() []string {
	switch {
	case p.Type == "month":
		return []string{aDay.AddDate(0, 0, -aDay.Day()).Format("2006-01"), "2001-02"}
	case p.Type == "int":
		return []string{p.Default, strconv.FormatInt(p.Min, 10), strconv.FormatInt(p.Max, 10)}
	case p.Default != "":
		return append([]string{p.Default}, p.Values...)
	}
	return p.Values
}

// lastMonth is the only period that the samples' questions name.
var lastMonth = strings.NewReplacer(":period1_from", "DATE_SUB(CAST(DATE_FORMAT(CURDATE(), '%Y-%m-01') AS DATE), INTERVAL 1 MONTH)",
	":period1_to", "CAST(DATE_FORMAT(CURDATE(), '%Y-%m-01') AS DATE)")

// filled returns the SQL with one parameter's argument given and the first of the others.
func (q sampleQuestion) filled(param, argument string) string {
	text := lastMonth.Replace(q.SQL)
	for _, p := range q.Params {
		v := p.arguments()[0]
		if p.Name == param {
			v = argument
		}
		if p.Type != "int" {
			v = "'" + v + "'"
		}
		text = regexp.MustCompile(`:`+p.Name+`\b`).ReplaceAllString(text, v)
	}
	return text
}

func TestAnnotationsNameEveryColumn(t *testing.T) {
	all := samples(t)
	for _, d := range generators.Domains() {
		s := all[d.Name]
		known := map[string]bool{}
		for i, table := range d.Tables {
			if i >= len(s.Tables) || s.Tables[i].Name != table.Name {
				t.Fatalf("%s: table %d is not %s", d.Name, i, table.Name)
			}
			a := s.Tables[i]
			if a.NameKo == "" || a.NameEn == "" || a.Description == "" || len(a.Synonyms) == 0 {
				t.Errorf("%s.%s: %+v", d.Name, table.Name, a)
			}
			var names []string
			for _, c := range a.Columns {
				names = append(names, c.Name)
				known[table.Name+"."+c.Name] = true
				if !hangul(c.NameKo) || c.NameEn == "" {
					t.Errorf("%s.%s: %+v", d.Name, table.Name, c)
				}
			}
			if !slices.Equal(names, table.Columns()) {
				t.Errorf("%s.%s: annotated %v, has %v", d.Name, table.Name, names, table.Columns())
			}
			known[table.Name] = true
		}
		for _, j := range s.Joins {
			if !known[j.From] || !known[j.To] {
				t.Errorf("%s: relationship %s -> %s", d.Name, j.From, j.To)
			}
		}
		for _, term := range s.Terms {
			if term.Name == "" || term.Meaning == "" || len(term.Synonyms) == 0 || len(term.Tables) == 0 {
				t.Errorf("%s: term %+v", d.Name, term)
			}
			for _, name := range term.Tables {
				if !known[name] {
					t.Errorf("%s: term %q names table %q", d.Name, term.Name, name)
				}
			}
		}
		if len(s.Questions) < 12 || len(s.Terms) < 5 || len(s.Joins) < 5 {
			t.Errorf("%s: %d questions, %d terms, %d relationships", d.Name, len(s.Questions), len(s.Terms), len(s.Joins))
		}
	}
}

func TestQuestionsAreComplete(t *testing.T) {
	names, onboarding, phrasings := map[string]bool{}, 0, 0
	for _, q := range questions(t) {
		ko, en := 0, 0
		for _, text := range q.Questions {
			if hangul(text) {
				ko++
			} else {
				en++
			}
		}
		phrasings += ko + en
		if ko < 3 || en < 3 {
			t.Errorf("%s: %d Korean and %d English phrasings", q.Name, ko, en)
		}
		if q.VerifiedBy == "" || names[q.Name] {
			t.Errorf("%s: not verified, or there twice", q.Name)
		}
		names[q.Name] = true
		if q.Onboarding {
			onboarding++
		}
		if !strings.Contains(q.SQL, "ORDER BY") || strings.Contains(q.SQL, "SELECT *") || strings.Contains(q.SQL, "@") {
			t.Errorf("%s: the SQL is not ordered, has a star or a variable", q.Name)
		}
		for _, lang := range []string{"ko", "en"} {
			if q.Explain[lang] == "" || q.Summary[lang] == "" || hangul(q.Explain[lang]) != (lang == "ko") || hangul(q.Summary[lang]) != (lang == "ko") {
				t.Errorf("%s: explain or summary in %s: %q, %q", q.Name, lang, q.Explain[lang], q.Summary[lang])
			}
		}
		for _, p := range q.Params {
			used := strings.Contains(q.SQL, ":"+p.Name)
			for alias, v := range p.Aliases {
				if !slices.Contains(p.Values, v) {
					t.Errorf("%s: alias %q stands for %q", q.Name, alias, v)
				}
			}
			if !used || p.Type == "int" && (p.Default == "" || p.Max == 0) || p.Type == "string" && len(p.Values) == 0 {
				t.Errorf("%s: parameter %+v", q.Name, p)
			}
			for _, text := range q.Questions {
				if p.Default == "" && !strings.Contains(text, "{"+p.Name+"}") {
					t.Errorf("%s: %q does not mention {%s}", q.Name, text, p.Name)
				}
			}
		}
		for _, text := range q.Questions {
			for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
				if !slices.ContainsFunc(q.Params, func(p sampleParam) bool { return p.Name == m[1] }) {
					t.Errorf("%s: %q uses an unknown parameter", q.Name, text)
				}
			}
		}
	}
	if onboarding < 8 {
		t.Errorf("%d onboarding questions", onboarding)
	}
	t.Logf("%d questions, %d phrasings", len(names), phrasings)
}

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// What a person types must mean one question: every phrasing, with arguments filled in, is compared with all others.
func TestPhrasingsAreUnique(t *testing.T) {
	type form struct {
		question, text string
		re             *regexp.Regexp
	}
	var forms []form
	typed := map[string][]string{} // compared text → questions
	for _, q := range questions(t) {
		for _, text := range q.Questions {
			re, example := "", text
			last := 0
			for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
				re += regexp.QuoteMeta(compared(text[last:m[0]]))
				last = m[1]
				for _, p := range q.Params {
					if p.Name == text[m[2]:m[3]] {
						re += p.pattern()
						example = strings.ReplaceAll(example, "{"+p.Name+"}", p.arguments()[0])
					}
				}
			}
			re += regexp.QuoteMeta(compared(text[last:]))
			forms = append(forms, form{q.Name, text, regexp.MustCompile("^" + re + "$")})
			key := compared(example)
			if slices.Contains(typed[key], text) {
				t.Errorf("%s: %q is there twice", q.Name, text)
			}
			typed[key] = append(typed[key], text)
		}
	}
	for key := range typed {
		hits := map[string]bool{}
		for _, f := range forms {
			if f.re.MatchString(key) {
				hits[f.question] = true
			}
		}
		if len(hits) != 1 {
			t.Errorf("%q means %v", typed[key][0], slices.Sorted(maps.Keys(hits)))
		}
	}
}

func (p sampleParam) pattern() string {
	switch p.Type {
	case "int":
		return `(?:\d+)`
	case "month":
		return `(?:\d{4}-\d{2}|\d{1,2}월|지난달|이번달|작년\d+월|lastmonth|thismonth|[a-z]+)`
	}
	var words []string
	for _, w := range append(slices.Collect(maps.Keys(p.Aliases)), p.Values...) {
		words = append(words, regexp.QuoteMeta(compared(w)))
	}
	return "(?:" + strings.Join(words, "|") + ")"
}

// compared is coarser than the comparison of questions: no spaces, no case, no closing marks.
func compared(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return strings.TrimRight(s, "?.!,")
}

func hangul(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
}

type result struct {
	columns []string
	rows    []string
}

var zeros = regexp.MustCompile(`^(-?\d+)\.(\d*?)0*$`)

// run returns a result as text; numbers lose closing zeros, which engines print as they like.
func run(db *sql.DB, query string) (result, error) {
	got, err := db.Query(query)
	if err != nil {
		return result{}, err
	}
	defer got.Close()
	var out result
	if out.columns, err = got.Columns(); err != nil {
		return result{}, err
	}
	fields := make([]*string, len(out.columns))
	into := make([]any, len(fields))
	for i := range fields {
		into[i] = &fields[i]
	}
	for got.Next() {
		if err := got.Scan(into...); err != nil {
			return result{}, err
		}
		line := make([]string, len(fields))
		for i, f := range fields {
			line[i] = "NULL"
			if f == nil {
				continue
			}
			line[i] = *f
			if m := zeros.FindStringSubmatch(*f); m != nil {
				line[i] = strings.TrimSuffix(m[1]+"."+m[2], ".")
			}
		}
		out.rows = append(out.rows, strings.Join(line, " | "))
	}
	return out, got.Err()
}

// Every saved question must answer on every engine, and answer the same as MariaDB on the same day.
func TestQuestionsOnEveryEngine(t *testing.T) {
	all := questions(t)
	answers := func(t *testing.T, s *enginetest.Server, day time.Time) map[string]result {
		t.Helper()
		db := onDay(t, s, day)
		load(t, s, db, generators.Options{Scale: .2, Today: day, Vectors: true, Replace: true})
		out := map[string]result{}
		for _, q := range all {
			queries := []string{q.filled("", "")}
			for _, p := range q.Params {
				for _, v := range p.arguments()[1:] {
					queries = append(queries, q.filled(p.Name, v))
				}
			}
			for _, query := range queries {
				r, err := run(db, query)
				if err != nil {
					t.Errorf("%s: %v\n%s", q.Name, err, query)
				}
				out[query] = r
			}
		}
		return out
	}
	maria := enginetest.Get(t, engine.MariaDB)
	var reference map[string]result
	t.Run("Reference", func(t *testing.T) {
		take(t, maria)
		reference = answers(t, maria, aDay)
		for _, q := range all {
			r := reference[q.filled("", "")]
			if len(r.rows) == 0 {
				t.Errorf("%s has no rows", q.Name)
			}
			for _, text := range q.Summary {
				checkSummary(t, q, text, r.columns)
			}
		}
	})
	if len(reference) == 0 {
		t.Fatal("no reference answers")
	}
	enginetest.Each(t, func(t *testing.T, s *enginetest.Server) {
		wanted := reference
		var got map[string]result
		switch s.Kind {
		case engine.MariaDB:
			return // the reference
		case engine.Embedded: // knows no other day than today
			take(t, s)
			day := today(t, s.DB(t))
			got = answers(t, s, day)
			if after := today(t, s.DB(t)); after != day { // it was midnight in between
				day = after
				got = answers(t, s, day)
			}
			take(t, maria)
			wanted = answers(t, maria, day)
		default:
			take(t, s)
			got = answers(t, s, aDay)
		}
		bad := 0
		for query, want := range wanted {
			got := got[query]
			if slices.Equal(got.rows, want.rows) && slices.Equal(got.columns, want.columns) {
				continue
			}
			if bad++; bad <= 5 {
				t.Errorf("%s\ngot  %v %s\nwant %v %s", query, got.columns, difference(got.rows, want.rows), want.columns, difference(want.rows, got.rows))
			}
		}
		if bad > 5 {
			t.Errorf("%d queries differ in all", bad)
		}
	})
}

// difference shows the first lines of a that are not at their place in b.
func difference(a, b []string) string {
	var out []string
	for i, line := range a {
		if i >= len(b) || b[i] != line {
			out = append(out, fmt.Sprintf("#%d %s", i+1, line))
		}
		if len(out) == 3 {
			break
		}
	}
	return fmt.Sprintf("%d rows: %s", len(a), strings.Join(out, "; "))
}

var inSummary = regexp.MustCompile(`\{([a-z0-9_.:]+)\}`)

// checkSummary wants every name in a template to be a column or a parameter.
func checkSummary(t *testing.T, q sampleQuestion, text string, columns []string) {
	t.Helper()
	if strings.Count(text, "{") != len(inSummary.FindAllString(text, -1)) {
		t.Errorf("%s: the summary %q has a place that cannot be read", q.Name, text)
	}
	for _, m := range inSummary.FindAllStringSubmatch(text, -1) {
		place, _, _ := strings.Cut(m[1], ":")
		part := strings.Split(place, ".")
		ok := false
		switch kind := part[0]; {
		case len(part) == 1:
			ok = kind == "rows"
		case kind == "arg":
			ok = slices.ContainsFunc(q.Params, func(p sampleParam) bool { return p.Name == part[1] })
		case kind == "argmax" || kind == "argmin":
			ok = len(part) == 3 && slices.Contains(columns, part[1]) && slices.Contains(columns, part[2])
		case kind == "share":
			ok = len(part) == 3 && part[1] == "1" && slices.Contains(columns, part[2])
		case slices.Contains([]string{"1", "sum", "max", "min"}, kind):
			ok = len(part) == 2 && slices.Contains(columns, part[1])
		}
		if !ok {
			t.Errorf("%s: the summary uses {%s}; columns are %v", q.Name, m[1], columns)
		}
	}
}
