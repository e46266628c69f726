package nl

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/askwire/askwire"
)

// answer is what a model said, taken out of the text it wrote.
type answer struct {
	sql          string
	explanation  string
	tables       []string
	assumptions  []string
	readings     []string // of an ambiguous question, the likelier first; none otherwise
	cannotAnswer string
}

// ErrNoSQL is in the chain of an error for a model's text out of which no SQL could be taken.
var ErrNoSQL = errors.New("no SQL in the model's answer")

// extract takes the answer out of a model's text: a JSON object, or SQL with fences and prose around it. It never
// guesses between several statements and never makes SQL out of prose; its errors are of the kind that a model corrects.
func extract(text string) (answer, error) {
	text = strings.TrimSpace(withoutThinking(strings.TrimPrefix(text, "\ufeff")))
	if text == "" {
		return answer{}, draftError("The model's answer was empty.")
	}
	if a, ok, err := jsonAnswer(text); ok || err != nil {
		if err != nil || a.sql == "" {
			return a, err
		}
		a.sql, err = sqlIn(a.sql)
		return a, err
	}
	sql, err := sqlIn(text)
	return answer{sql: sql}, err
}

func draftError(format string, args ...any) *askwire.Error {
	return askwire.Errorf(askwire.Syntax, format, args...).WithHint("Answer with one JSON object that holds one SELECT.").Wrap(ErrNoSQL)
}

// withoutThinking drops <think>…</think>. What follows the last closing tag counts; an unclosed block hides the rest.
func withoutThinking(s string) string {
	for _, tag := range []string{"think", "thinking", "reasoning"} {
		open, shut := "<"+tag+">", "</"+tag+">"
		if i := strings.LastIndex(s, shut); i >= 0 {
			s = s[i+len(shut):]
		}
		if i := strings.Index(s, open); i >= 0 {
			s = s[:i]
		}
	}
	return s
}

// jsonAnswer reads the first JSON object that has our fields. ok is false when the text holds none.
func jsonAnswer(text string) (a answer, ok bool, err error) {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '{')
		if i < 0 {
			return answer{}, false, nil
		}
		from += i
		var fields map[string]json.RawMessage
		derr := json.NewDecoder(strings.NewReader(text[from:])).Decode(&fields)
		if derr != nil { // some servers leave line breaks inside strings
			derr = json.NewDecoder(strings.NewReader(escapeBreaks(text[from:]))).Decode(&fields)
		}
		if derr == nil {
			if _, has := fields["sql"]; !has {
				if _, has = fields["cannot_answer"]; !has {
					from++
					continue
				}
			}
			return fieldsAnswer(fields)
		}
		if strings.HasPrefix(strings.TrimLeft(text[from+1:], " \n\t\r"), `"sql"`) {
			return answer{}, false, draftError("The model's JSON answer is not complete.")
		}
		from++
	}
}

func fieldsAnswer(fields map[string]json.RawMessage) (answer, bool, error) {
	a := answer{
		sql:          strings.TrimSpace(textOf(fields["sql"])),
		explanation:  cut(strings.TrimSpace(textOf(fields["explanation"])), 500),
		cannotAnswer: cut(strings.TrimSpace(textOf(fields["cannot_answer"])), 300),
		tables:       listOf(fields["tables"]),
		assumptions:  listOf(fields["assumptions"]),
		readings:     listOf(fields["readings"]),
	}
	switch strings.ToLower(strings.TrimRight(a.cannotAnswer, ".")) {
	case "false", "no", "none", "null", "n/a", "없음":
		a.cannotAnswer = ""
	case "true", "yes":
		a.cannotAnswer = "The model gave no reason."
	}
	if a.sql != "" {
		a.cannotAnswer = "" // a query with a remark is a query
	} else if a.cannotAnswer == "" {
		return a, true, draftError("The model's answer holds neither SQL nor a reason.")
	}
	return a, true, nil
}

// textOf is a JSON string, or the text of another scalar; null and missing are "".
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	switch s = string(raw); s {
	case "true", "false":
		return s
	}
	return ""
}

// listOf reads a list of strings, or one string.
func listOf(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	var out []string
	for _, e := range list {
		if s := strings.TrimSpace(textOf(e)); s != "" && len(out) < 20 {
			out = append(out, cut(s, 300))
		}
	}
	return out
}

// escapeBreaks writes the line breaks and tabs inside JSON strings as escapes.
func escapeBreaks(s string) string {
	var b strings.Builder
	in := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case in && c == '\\' && i+1 < len(s):
			b.WriteByte(c)
			i++
			c = s[i]
		case c == '"':
			in = !in
		case in && c == '\n':
			b.WriteString(`\n`)
			continue
		case in && c == '\r':
			continue
		case in && c == '\t':
			b.WriteString(`\t`)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

const fence = "```"

// sqlIn finds the one statement of a text. The first fence wins unless SQL precedes it; SQL followed by prose is cut.
func sqlIn(text string) (string, error) {
	text = label(strings.TrimSpace(text))
	if i := strings.Index(text, fence); i >= 0 {
		before := strings.TrimSpace(text[:i])
		if startsSQL(before) {
			text = before
		} else {
			inside := text[i+len(fence):]
			if j := strings.Index(inside, fence); j >= 0 {
				inside = inside[:j]
			}
			text = label(strings.TrimSpace(inside))
		}
	}
	if !startsSQL(text) {
		i := sqlLine(text)
		if i < 0 {
			return "", draftError("The model's answer holds no SQL.")
		}
		text = text[i:]
	}
	sql, err := oneStatement(text)
	if err == nil && !startsSQL(sql) { // "SELECT;"
		return "", draftError("The model's answer holds no SQL.")
	}
	return sql, err
}

// label drops the language of a fence, or a heading such as "SQL:".
func label(s string) string {
	for _, l := range []string{"sqlquery", "mysql", "mariadb", "tidb", "json", "sql", "query", "answer"} {
		if len(s) > len(l) && strings.EqualFold(s[:len(l)], l) {
			rest := s[len(l):]
			if rest[0] == ':' || rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\t' {
				return strings.TrimSpace(strings.TrimPrefix(rest, ":"))
			}
		}
	}
	return s
}

var sqlVerbs = map[string]bool{
	"SELECT": true, "WITH": true, "INSERT": true, "UPDATE": true, "DELETE": true, "REPLACE": true, "CREATE": true, "DROP": true,
	"ALTER": true, "TRUNCATE": true, "SET": true, "CALL": true, "SHOW": true, "DESCRIBE": true, "EXPLAIN": true, "USE": true, "GRANT": true,
	"REVOKE": true, "LOAD": true, "HANDLER": true, "DO": true, "PREPARE": true, "EXECUTE": true, "LOCK": true, "KILL": true, "VALUES": true, "TABLE": true,
}

// startsSQL reports whether a text begins like a query: SELECT, WITH name AS (, or either in parentheses.
func startsSQL(s string) bool {
	toks := withoutComments(scanSQL(cutBytes(s, 4000)))
	for len(toks) > 0 && toks[0].is(s, "(") {
		toks = toks[1:]
	}
	if len(toks) < 2 || toks[0].kind != tokWord {
		return false
	}
	switch toks[0].upper(s) {
	case "SELECT":
		return true
	case "WITH":
		if toks[1].upper(s) == "RECURSIVE" {
			return true
		}
		return len(toks) > 2 && (toks[2].upper(s) == "AS" || toks[2].is(s, "("))
	case "INSERT", "UPDATE", "DELETE", "DROP", "TRUNCATE", "ALTER", "CREATE", "REPLACE", "CALL", "SET", "GRANT":
		// Let the guard refuse it in its own words; but "Set the filter…" is prose.
		return toks[1].kind == tokWord && s[toks[0].start:toks[0].end] == toks[0].upper(s)
	}
	return false
}

func cutBytes(s string, n int) string { return s[:min(len(s), n)] }

// sqlLine is where a line begins a query in the midst of prose, or -1.
func sqlLine(s string) int {
	for pos := 0; pos < len(s); {
		line := strings.TrimLeft(s[pos:], " \t")
		if startsSQL(line) && (strings.HasPrefix(line, "SELECT") || strings.HasPrefix(line, "WITH") || strings.HasPrefix(line, "select") || strings.HasPrefix(line, "with") || line[0] == '(') {
			return len(s) - len(line)
		}
		n := strings.IndexByte(s[pos:], '\n')
		if n < 0 {
			return -1
		}
		pos += n + 1
	}
	return -1
}

// oneStatement cuts a text that begins with SQL after its first statement. A second statement is refused.
func oneStatement(s string) (string, error) {
	toks := scanSQL(s)
	depth := 0
	for i, t := range toks {
		switch {
		case t.is(s, "("):
			depth++
		case t.is(s, ")"):
			depth--
		case t.is(s, ";"):
			rest := withoutComments(toks[i+1:])
			for len(rest) > 0 && (rest[0].is(s, ";") || rest[0].is(s, "(")) {
				rest = rest[1:]
			}
			if len(rest) > 0 && rest[0].kind == tokWord && secondStatement(s, rest) {
				return "", askwire.Errorf(askwire.Syntax, "The model wrote several statements.").WithHint("Write exactly one SELECT.").Wrap(ErrNoSQL)
			}
			return strings.TrimSpace(s[:t.start]), nil
		case depth == 0 && i > 0 && t.kind == tokWord && strings.Count(s[toks[i-1].end:t.start], "\n") > 1 && !continues[t.upper(s)]:
			return strings.TrimSpace(s[:toks[i-1].end]), nil // a new paragraph that no clause begins: prose
		}
	}
	return strings.TrimSpace(s), nil
}

// secondStatement tells "; SELECT a FROM b" from "; Select this query when …": a verb counts when the text after it reads
// as SQL, and always when it could change something.
func secondStatement(s string, toks []sqlToken) bool {
	verb := toks[0].upper(s)
	if !sqlVerbs[verb] {
		return false
	}
	return startsSQL(s[toks[0].start:]) || s[toks[0].start:toks[0].end] == verb
}

func withoutComments(toks []sqlToken) []sqlToken {
	for i, t := range toks {
		if t.kind == tokComment {
			out := append([]sqlToken{}, toks[:i]...)
			for _, t := range toks[i:] {
				if t.kind != tokComment {
					out = append(out, t)
				}
			}
			return out
		}
	}
	return toks
}

// continues are the words with which a statement goes on after an empty line.
var continues = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(`SELECT FROM WHERE GROUP ORDER HAVING LIMIT OFFSET UNION EXCEPT INTERSECT JOIN LEFT RIGHT INNER CROSS NATURAL
		STRAIGHT_JOIN ON USING AND OR XOR NOT AS CASE WHEN THEN ELSE END WITH WINDOW OVER IN IS LIKE BETWEEN EXISTS ASC DESC BY DISTINCT ALL OUTER`) {
		m[w] = true
	}
	return m
}()
