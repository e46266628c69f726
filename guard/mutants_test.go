package guard

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/askwire/askwire/guard/lex"
)

// Words that mutants take names from: what the policies show, and what they must never reach.
var (
	mutantTables    = []string{"orders", "customers", "products", "shop.orders", "shop.customers", "`shop`.`products`", "secrets", "shop.secrets", "salaries", "v_all", "`we ird.t``x`", "mysql.user", "information_schema.tables", "o", "c", "t", "w", "dual"}
	mutantColumns   = []string{"id", "name", "email", "phone", "ssn", "city", "created_at", "customer_id", "product_id", "amount", "status", "ordered_at", "price", "category", "emp", "v", "*", "o.id", "c.id", "customers.ssn", "orders.*", "shop.orders.amount", "n", "`a.b`"}
	mutantFunctions = []string{"COUNT", "SUM", "MIN", "MAX", "AVG", "CONCAT", "LOWER", "IFNULL", "COALESCE", "LENGTH", "ABS", "ROUND", "DATE", "YEAR", "JSON_ARRAYAGG", "GROUP_CONCAT", "IF", "NULLIF", "HEX", "MD5", "SHA2", "SLEEP", "BENCHMARK", "LOAD_FILE", "USER", "GET_LOCK", "EXTRACTVALUE", "UPDATEXML", "VALUES", "DEFAULT", "JSON_EXTRACT", "REPLACE", "SUBSTRING_INDEX", "ROW_NUMBER", "CHAR", "INSERT", "CONVERT", "ELT", "FIELD", "GREATEST", "STR_TO_DATE", "LAG", "STDDEV", "BIT_XOR", "ANY_VALUE"}
	mutantOperators = []string{"=", "<", ">=", "<=>", "<>", "+", "-", "*", "/", "%", "AND", "OR", "XOR", "||", "&", "|", "^", "<<", "DIV", "MOD", "LIKE", "REGEXP", "IS", "IN", "NOT", "BETWEEN", "->", "->>", ":=", "COLLATE", ","}
	mutantHostile   = []string{"/*", "*/", "/*!50000 ", "/*M! ", "/*+ ", "-- ", "#", ";", "'", "\"", "`", "\\", "'\\'", "0x7368", "x'41'", "_utf8mb4'x'", "N'x'", "{d '2024-01-01'}", "@a", "@@version", "?", "INTO OUTFILE 'outfile.txt'", "INTO @x", "FOR UPDATE", "LOCK IN SHARE MODE", "PROCEDURE ANALYSE()", "UNION SELECT v FROM secrets", "; DROP TABLE shop.orders", "INTERVAL (1+1) DAY", "WITH ROLLUP", "LIMIT 1,2", "OVER ()", "PARTITION (p0)", "AS OF TIMESTAMP NOW()", "LATERAL", "NATURAL JOIN customers", "STRAIGHT_JOIN", "USING (id)", "ESCAPE ''", "BINARY", "DISTINCT", "ALL", "ORDER BY 1", "GROUP BY 1", "HAVING 1", "NULL", "TRUE", "18446744073709551615", "1e400", "\x00", "é", "\u00a0"}
	mutantValues    = []string{"(SELECT MAX(id) FROM orders)", "(SELECT COUNT(*) FROM customers)", "(SELECT v FROM secrets LIMIT 1)", "(SELECT ssn FROM customers LIMIT 1)", "(SELECT o2.amount FROM orders o2 WHERE o2.id = 42)", "EXISTS (SELECT 1 FROM orders o3 WHERE o3.customer_id = 7)", "CASE WHEN 1 = 1 THEN 2 ELSE 3 END", "CAST('5' AS SIGNED)", "DATE '2024-01-05'", "ROW(1, 2)", "INTERVAL 1 DAY", "NULL", "-1", "'7'", "''", "1.5", "(1)", "COUNT(*) OVER ()", "id + 0"}
)

// mutantSeeds are the statements of all cases.
func mutantSeeds(t testing.TB) []string {
	t.Helper()
	var seeds []string
	for _, c := range shopCases(t) {
		seeds = append(seeds, c.sql)
	}
	seeds = append(seeds, moreStatements...)
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(b).Files {
			if f.Name == "in.sql" {
				seeds = append(seeds, strings.TrimSpace(string(f.Data)))
			}
		}
	}
	return seeds
}

// mutant changes a statement at the level of tokens, one to four times: values, names, functions and operators are
// swapped, bracketed parts of other statements spliced in, the whole is wrapped or joined to another.
func mutant(sql string, seeds []string, rng *rand.Rand) string {
	for range 1 + rng.IntN(4) {
		if len(sql) > 4096 {
			break
		}
		switch rng.IntN(12) {
		case 0:
			sql = wrap(sql, pick(seeds, rng), rng)
		case 1, 2:
			sql = splice(sql, pick(seeds, rng), rng)
		case 3:
			sql = mutate(sql, rng, true)
		case 4:
			sql = mutate(sql, rng, false)
		default:
			sql = swap(sql, rng)
		}
	}
	return sql
}

func pick(list []string, rng *rand.Rand) string { return list[rng.IntN(len(list))] }

// tokens cuts a text into its tokens; the blanks before each are dropped.
func tokens(sql string) (texts []string, kinds []lex.Kind) {
	s := lex.New(sql, lex.Mode{})
	for tok := s.Next(); tok.Kind != lex.EOF; tok = s.Next() {
		texts, kinds = append(texts, sql[tok.Pos:tok.End]), append(kinds, tok.Kind)
	}
	return texts, kinds
}

// join writes tokens with a blank between them, but for those that a blank would part: names, and calls.
func join(texts []string) string {
	var b strings.Builder
	for i, s := range texts {
		if i > 0 && s != "." && s != "(" && texts[i-1] != "." || i > 0 && s == "(" && (texts[i-1] == "IN" || texts[i-1] == "AS" || texts[i-1] == ",") {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

// swap changes one token.
func swap(sql string, rng *rand.Rand) string {
	texts, kinds := tokens(sql)
	if len(texts) == 0 {
		return sql
	}
	i := rng.IntN(len(texts))
	follows := func(s string) bool { return i+1 < len(texts) && texts[i+1] == s }
	after := ""
	if i > 0 {
		after = strings.ToUpper(texts[i-1])
	}
	switch k := kinds[i]; {
	case rng.IntN(25) == 0:
		texts = slices.Insert(texts, i, pick(mutantHostile, rng))
	case rng.IntN(25) == 0:
		texts = slices.Delete(texts, i, i+1)
	case (k == lex.Ident || k == lex.QuotedIdent) && follows("("):
		texts[i] = pick(mutantFunctions, rng)
	case (k == lex.Ident || k == lex.QuotedIdent) && (after == "FROM" || after == "JOIN"):
		texts[i] = pick(mutantTables, rng)
	case k == lex.Ident && isWord(texts[i]) && rng.IntN(4) > 0:
		// keywords mostly stay
	case k == lex.Ident || k == lex.QuotedIdent:
		texts[i] = pick(mutantColumns, rng)
	case k == lex.Number || k == lex.String:
		texts[i] = pick(mutantValues, rng)
	case k == lex.Punct && texts[i] != "(" && texts[i] != ")" && texts[i] != ".":
		texts[i] = pick(mutantOperators, rng)
	}
	return join(texts)
}

func isWord(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// splice puts a bracketed part of another statement in place of one of sql's, or in place of a value.
func splice(sql, other string, rng *rand.Rand) string {
	texts, kinds := tokens(sql)
	parts := brackets(other)
	part := "(" + strings.TrimRight(other, "; ") + ")"
	if len(parts) > 0 && rng.IntN(4) > 0 {
		part = pick(parts, rng)
	}
	own := brackets(sql)
	if len(own) > 0 && rng.IntN(2) == 0 {
		return strings.Replace(join(texts), pick(own, rng), part, 1)
	}
	var values []int
	for i, k := range kinds {
		if k == lex.Number || k == lex.String || k == lex.Param {
			values = append(values, i)
		}
	}
	if len(values) == 0 {
		return sql
	}
	texts[values[rng.IntN(len(values))]] = part
	return join(texts)
}

// brackets lists the bracketed parts of a statement.
func brackets(sql string) []string {
	texts, _ := tokens(sql)
	var open []int
	var parts []string
	for i, s := range texts {
		switch {
		case s == "(":
			open = append(open, i)
		case s == ")" && len(open) > 0:
			from := open[len(open)-1]
			open = open[:len(open)-1]
			if i-from > 1 {
				parts = append(parts, join(texts[from:i+1]))
			}
		}
	}
	return parts
}

// wrap puts the statement into another, or another beside it.
func wrap(sql, other string, rng *rand.Rand) string {
	sql, other = strings.TrimRight(sql, "; \n"), strings.TrimRight(other, "; \n")
	switch rng.IntN(14) {
	case 0:
		return "SELECT * FROM (" + sql + ") w"
	case 1:
		return "WITH w AS (" + sql + ") SELECT * FROM w"
	case 2:
		return "SELECT COUNT(*) FROM (" + sql + ") AS w"
	case 3:
		return "SELECT id FROM customers c WHERE EXISTS (" + sql + ")"
	case 4:
		return "(" + sql + ") UNION ALL (" + other + ")"
	case 5:
		return "SELECT name FROM products WHERE id IN (" + sql + ")"
	case 6:
		return "SELECT (" + sql + ") AS x, id FROM orders"
	case 7:
		return "SELECT w.*, o.amount FROM orders o LEFT JOIN (" + sql + ") w ON w.id = o.id"
	case 8:
		return "WITH w AS (" + sql + "), x AS (" + other + ") SELECT * FROM w JOIN x USING (id)"
	case 9:
		return sql + pick([]string{" ORDER BY 1", " LIMIT 3", " GROUP BY 1", " HAVING 1", " WHERE id = 42", " AND id < 50", " OR 1", " UNION " + other, " EXCEPT " + other, " INTERSECT " + other}, rng)
	case 10:
		return "SELECT * FROM customers NATURAL JOIN (" + sql + ") w"
	case 11:
		return "SELECT o.id, w.* FROM orders o, LATERAL (" + sql + ") w WHERE o.id < 5"
	case 12:
		return "SELECT id, ROW_NUMBER() OVER (ORDER BY id) r FROM (" + sql + ") w"
	default:
		return "WITH RECURSIVE w AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM w WHERE id < 5) SELECT * FROM w LEFT JOIN (" + sql + ") x ON x.id = w.id"
	}
}
