//go:build clients

package clients_test

import (
	"strings"

	"github.com/askwire/askwire/clients"
)

// The question of the script in three wordings, and the SQL that was verified for it.
const (
	asked  = "Customers by grade"
	again  = "Customers per grade"
	korean = "등급별 고객 수"
	plain  = "SELECT grade, COUNT(*) AS customers, SUM(spent) AS spent FROM customers GROUP BY grade ORDER BY grade"
)

const questionsFile = `
database = "clients"

[[question]]
name = "customers-by-grade"
questions = ["` + asked + `", "` + again + `", "` + korean + `"]
sql = "` + plain + `"
verified_by = "ana"
summary = { ko = "{1.grade} 등급 고객은 {1.customers}명입니다.", en = "{1.grade} has {1.customers} customers." }
`

// narrated is the answer to SELECT ASK('…'), from the summary's template and the rows of testdata/schema.sql.
const narrated = "gold has 2 customers."

const valuePlain = "SELECT '" + narrated + "' AS `ASK('" + asked + "')`"

// spelling is a way to ask.
type spelling struct {
	kind string // query or prepare
	clients.Question
	args []string // of the question; directly there are none
}

// Tools that wrap and draw read a question as a table, whose rows are as ordered as the outer query says.
const (
	asTable     = "SELECT * FROM ask('" + korean + "') AS q ORDER BY grade"
	inSchema    = "SELECT * FROM ask.`" + asked + "` AS q ORDER BY grade"
	markedTable = "SELECT * FROM ask(?) AS q ORDER BY grade"
	wrapped     = "SELECT * FROM (" + plain + ") AS q ORDER BY grade"
)

var spellings = []spelling{
	{"query", clients.Question{Step: "ask-query", Asked: "ASK '" + asked + "'", Plain: plain, Summary: true}, nil},
	{"query", clients.Question{Step: "ask-korean", Asked: "ASK '" + korean + "'", Plain: plain, Summary: true}, nil},
	{"prepare", clients.Question{Step: "ask-prepared", Asked: "ASK ?", Plain: plain + " ASC", Summary: true, Late: true}, []string{"s:" + again}},
	{"query", clients.Question{Step: "ask-call", Asked: "CALL ask('" + asked + "')", Plain: plain, Summary: true}, nil},
	{"query", clients.Question{Step: "ask-table", Asked: asTable, Plain: wrapped}, nil},
	{"query", clients.Question{Step: "ask-schema", Asked: inSchema, Plain: wrapped}, nil},
	{"prepare", clients.Question{Step: "ask-table-prepared", Asked: markedTable, Plain: wrapped + " ASC", Late: true}, []string{"s:" + again}},
}

// script is what every client does: a line for each step, its fields set apart by tabs: kind, name, statement, arguments.
//
//	query     run it; print columns and rows, or the error
//	prepare   the same with a server-side prepared statement; an argument is n: (NULL), i:42, d:1.5, s:text or x:hex (bytes)
//	rows      the same, but print the number of rows, and the sum of the first column
//	begin, commit   a transaction, by the client's own interface
//	cancel    run it, and cancel it as this client does when it is tired of waiting
const script = `
query	databases	SHOW DATABASES
query	tables	SHOW TABLES
query	columns	SHOW COLUMNS FROM everything
query	create	SHOW CREATE TABLE customers
query	indexes	SHOW INDEX FROM customers
query	variables	SHOW VARIABLES LIKE 'character\_set\_c%'
query	one	SELECT 1
query	select	SELECT id, name, grade, spent FROM customers ORDER BY id
query	everything	SELECT * FROM everything ORDER BY id
query	expressions	SELECT COUNT(*), SUM(spent), AVG(spent), MAX(name), MIN(born), CONCAT(name, '!'), spent / 3, NULL, 1.5, 'x', NOW() > '2000-01-01' FROM customers GROUP BY name ORDER BY name
query	times	SELECT CAST('-838:59:59' AS TIME) AS low, CAST('838:59:58.999999' AS TIME(6)) AS high FROM customers WHERE id = 1
query	own-schema	SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'clients' ORDER BY TABLE_NAME
query	empty	SELECT id, name FROM customers WHERE id < 0
query	unicode	SELECT '한국어 😀 Ünïcode' AS text, name AS ` + "`이름`" + ` FROM customers WHERE name = '김민지'
prepare	prepared-everything	SELECT * FROM everything WHERE id >= ? ORDER BY id	i:0
prepare	prepared-types	SELECT id, ? AS i, ? AS d, ? AS s, ? AS x, ? AS n FROM customers WHERE id = ?	i:-42	d:1.5	s:한국어 😀	x:e282ac00	n:	i:1
prepare	prepared-none	SELECT COUNT(*) FROM customers
query	unknown-column	SELECT nope FROM customers
query	unknown-table	SELECT * FROM nowhere
query	other-database	SELECT * FROM mysql.user
query	syntax	SELEC 1
prepare	prepared-error	SELECT nope FROM customers WHERE id = ?	i:1
begin	begin
query	in-transaction	SELECT COUNT(*) FROM customers
commit	commit
rows	many	SELECT n, label FROM numbers
cancel	cancel	SELECT COUNT(*) FROM numbers a JOIN numbers b ON a.n <> b.n WHERE a.n < 2000
query	after-cancel	SELECT 2
`

// steps is the script as it goes to one side. Kinds of steps that the client does not have are left out. late is the kind by which the SQL
// goes to the server of a question that is announced without columns, where the client does not ask a cursor for such.
func steps(proxied bool, without map[string]bool, late string) string {
	var b strings.Builder
	line := func(l string) {
		kind, rest, _ := strings.Cut(l, "\t")
		name, _, _ := strings.Cut(rest, "\t")
		if l != "" && !without[kind] && !without[name] {
			b.WriteString(l + "\n")
		}
	}
	for l := range strings.Lines(script) {
		line(strings.TrimSuffix(l, "\n"))
	}
	for _, s := range spellings {
		kind, text, args := s.kind, s.Plain, []string(nil)
		switch {
		case proxied:
			text, args = s.Asked, s.args
		case s.Late && late != "":
			kind = late
		}
		line(strings.Join(append([]string{kind, s.Step, text}, args...), "\t"))
		if !without[s.Step] && !without[s.kind] && !without["notes"] {
			line("query\tnotes-" + s.Step + "\tSHOW WARNINGS") // where the answer came from
		}
	}
	// The answer as one value has a name and a length of its own: both sides' text is the same.
	text := valuePlain
	if proxied {
		text = "SELECT ASK('" + asked + "')"
	}
	line("query\tvalue\t" + text)
	return b.String()
}

// questions are what a comparison must know of the script. Some drivers put the value into the text that others prepare.
func questions() (all []clients.Question) {
	for _, s := range spellings {
		all = append(all, s.Question)
		if q := s.Question; q.Late {
			q.Late, q.Asked = false, strings.Replace(q.Asked, "?", "'"+again+"'", 1)
			all = append(all, q)
		}
	}
	return append(all, clients.Question{Step: "value", Asked: "SELECT ASK('" + asked + "')", Plain: valuePlain, Value: true})
}
