package nl

import (
	"strings"

	"github.com/askwire/askwire"
)

// quotedNames turns "col" into `col` where MySQL would silently read a string although a column is meant: after a dot,
// and as an item of SELECT, GROUP BY or ORDER BY or as the left side of a comparison, when a column has that name.
func quotedNames(sql string, snap *askwire.Snapshot) (string, bool) {
	if !strings.Contains(sql, `"`) {
		return sql, false
	}
	names := columnNames(snap, sql)
	tables := tableNames(snap)
	toks := withoutComments(scanSQL(sql))
	type level struct {
		list bool // inside an item list of SELECT or BY
		call bool // arguments of a function
	}
	stack := []level{{}}
	return rewrite(sql, toks, func(i int) (string, bool) {
		t := toks[i]
		top := &stack[len(stack)-1]
		switch {
		case t.is(sql, "("):
			call := i > 0 && toks[i-1].kind == tokWord && !continues[toks[i-1].upper(sql)]
			stack = append(stack, level{call: call})
			return "", false
		case t.is(sql, ")"):
			if len(stack) > 1 {
				stack = stack[:len(stack)-1]
			}
			return "", false
		case t.kind == tokWord:
			switch t.upper(sql) {
			case "SELECT", "BY", "DISTINCT":
				top.list = true
			case "FROM", "WHERE", "HAVING", "LIMIT", "ON", "UNION":
				top.list = false
			}
			return "", false
		case t.kind != tokDouble || i == 0 || t.end-t.start < 3:
			return "", false
		}
		name := strings.ReplaceAll(sql[t.start+1:t.end-1], `""`, `"`)
		if strings.Contains(name, "`") {
			return "", false
		}
		prev := toks[i-1]
		word := ""
		if prev.kind == tokWord {
			word = prev.upper(sql)
		}
		quoted := "`" + name + "`"
		lower := strings.ToLower(name)
		next := ""
		if i+1 < len(toks) {
			next = toks[i+1].upper(sql)
		}
		compared := next == "=" || next == "<" || next == ">" || next == "!" || next == "IS" || next == "IN" || next == "LIKE" || next == "BETWEEN" || next == "NOT"
		switch {
		case prev.is(sql, "."):
			return quoted, true
		case word == "FROM" || word == "JOIN":
			return quoted, tables[lower]
		case !names[lower]:
			return "", false
		case word == "SELECT" || word == "DISTINCT" || word == "BY":
			return quoted, true
		case prev.is(sql, ",") && top.list && !top.call:
			return quoted, true
		case word == "WHERE" || word == "AND" || word == "OR" || word == "ON" || word == "HAVING":
			return quoted, compared
		case prev.is(sql, "(") && top.call && i > 1 && aggregates[toks[i-2].upper(sql)]:
			return quoted, true
		}
		return "", false
	})
}

var aggregates = map[string]bool{"SUM": true, "AVG": true, "MIN": true, "MAX": true, "COUNT": true}

// repairFromCatalog corrects what real models get wrong again and again, from the catalog alone: Markdown escapes, names of the
// catalog that need quotes or are spelled alike, and operators written as functions. false when there is nothing to correct.
func repairFromCatalog(sql string, snap *askwire.Snapshot) (string, bool) {
	out, escaped := withoutEscapes(sql)
	out, named := quotedNames(out, snap)
	out, quoted := reservedNames(out, snap)
	out, spelled := spelledNames(out, snap)
	out, called := operatorCalls(out)
	return out, (escaped || named || quoted || spelled || called) && out != sql
}

// withoutEscapes undoes Markdown's \_ and \*. Outside of strings a backslash is never SQL; a text that has one there was
// escaped as a whole, so its strings are undone too, except LIKE patterns, where \_ means something.
func withoutEscapes(sql string) (string, bool) {
	toks := scanSQL(sql)
	outside := false
	for i, t := range toks {
		if t.is(sql, `\`) && i+1 < len(toks) {
			outside = true
		}
		if t.kind == tokQuoted && strings.Contains(sql[t.start:t.end], `\`) {
			outside = true
		}
	}
	if !outside {
		return sql, false
	}
	var b strings.Builder
	done := 0
	for i, t := range toks {
		switch {
		case t.is(sql, `\`):
			b.WriteString(sql[done:t.start])
			done = t.end
		case t.kind == tokQuoted, (t.kind == tokString || t.kind == tokDouble) && !(i > 0 && toks[i-1].upper(sql) == "LIKE"):
			b.WriteString(sql[done:t.start])
			b.WriteString(strings.NewReplacer(`\_`, `_`, `\*`, `*`).Replace(sql[t.start:t.end]))
			done = t.end
		}
	}
	b.WriteString(sql[done:])
	return b.String(), true
}

// reservedNames puts backquotes around reserved words that are tables or columns of the catalog, where no keyword can
// stand or the words around say that a name is meant.
func reservedNames(sql string, snap *askwire.Snapshot) (string, bool) {
	columns, tables := columnNames(snap, sql), tableNames(snap)
	toks := withoutComments(scanSQL(sql))
	return rewrite(sql, toks, func(i int) (string, bool) {
		t := toks[i]
		if t.kind != tokWord {
			return "", false
		}
		word := t.upper(sql)
		lower := strings.ToLower(word)
		if !reserved[word] || !columns[lower] && !tables[lower] {
			return "", false
		}
		prev, next := "", ""
		if i > 0 {
			prev = toks[i-1].upper(sql)
		}
		if i+1 < len(toks) {
			next = toks[i+1].upper(sql)
		}
		name := "`" + sql[t.start:t.end] + "`"
		if prev == "." || next == "." {
			return name, true
		}
		if next == "(" || keywordBefore[next] && !clauseEnd[next] {
			return "", false // ORDER BY, LEFT JOIN, INTERVAL '1' …: next decides that it is a keyword
		}
		switch prev {
		case "FROM", "JOIN":
			return name, tables[lower]
		case "SELECT", "DISTINCT", ",", "(", "BY", "WHERE", "AND", "OR", "ON", "HAVING", "=", "<", ">", "+", "-", "*", "/", "WHEN", "THEN", "ELSE", "AS":
			follows := next == "" || next == "," || next == ")" || next == ";" || clauseEnd[next] || operator[next]
			return name, follows && (columns[lower] || prev == ",")
		}
		return "", false
	})
}

// keywordBefore are words that make a keyword of the word before them: ORDER BY, LEFT JOIN, NOT IN.
var keywordBefore = words(`BY JOIN OUTER SET EXISTS NULL SELECT ALL DISTINCT`)

// clauseEnd are words that may follow a column; operator what may follow it in an expression.
var (
	clauseEnd = words(`FROM WHERE GROUP ORDER HAVING LIMIT UNION AS ASC DESC AND OR THEN ELSE END WHEN ON LEFT RIGHT INNER CROSS JOIN`)
	operator  = words(`= < > ! + - * / % IS IN LIKE BETWEEN NOT`)
)

func words(s string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// rewrite replaces tokens.
func rewrite(sql string, toks []sqlToken, change func(i int) (string, bool)) (string, bool) {
	var b strings.Builder
	done, changed := 0, false
	for i, t := range toks {
		if text, ok := change(i); ok {
			b.WriteString(sql[done:t.start])
			b.WriteString(text)
			done, changed = t.end, true
		}
	}
	if !changed {
		return sql, false
	}
	b.WriteString(sql[done:])
	return b.String(), true
}

// columnNames are the columns of the tables that the SQL mentions.
func columnNames(snap *askwire.Snapshot, sql string) map[string]bool {
	said := make(map[string]bool)
	for _, t := range scanSQL(sql) {
		switch t.kind {
		case tokWord:
			said[strings.ToLower(sql[t.start:t.end])] = true
		case tokDouble, tokQuoted:
			said[strings.ToLower(strings.Trim(sql[t.start:t.end], "\"`"))] = true
		}
	}
	m := make(map[string]bool)
	for _, t := range snap.Tables {
		if !said[strings.ToLower(t.Name)] {
			continue
		}
		for i := range t.Columns {
			m[strings.ToLower(t.Columns[i].Name)] = true
		}
	}
	return m
}

func tableNames(snap *askwire.Snapshot) map[string]bool {
	m := make(map[string]bool)
	for _, t := range snap.Tables {
		m[strings.ToLower(t.Name)] = true
	}
	return m
}

// reserved words of MySQL 8.4 and MariaDB 11 (manual page "Keywords and Reserved Words").
var reserved = words(`ACCESSIBLE ADD ALL ALTER ANALYZE AND AS ASC ASENSITIVE BEFORE BETWEEN BIGINT BINARY BLOB BOTH BY CALL CASCADE CASE CHANGE
	CHAR CHARACTER CHECK COLLATE COLUMN CONDITION CONSTRAINT CONTINUE CONVERT CREATE CROSS CUBE CUME_DIST CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP
	CURRENT_USER CURSOR DATABASE DATABASES DAY_HOUR DAY_MICROSECOND DAY_MINUTE DAY_SECOND DEC DECIMAL DECLARE DEFAULT DELAYED DELETE DENSE_RANK DESC
	DESCRIBE DETERMINISTIC DISTINCT DISTINCTROW DIV DOUBLE DROP DUAL EACH ELSE ELSEIF EMPTY ENCLOSED ESCAPED EXCEPT EXISTS EXIT EXPLAIN FALSE FETCH
	FIRST_VALUE FLOAT FLOAT4 FLOAT8 FOR FORCE FOREIGN FROM FULLTEXT FUNCTION GENERATED GET GRANT GROUP GROUPING GROUPS HAVING HIGH_PRIORITY HOUR_MICROSECOND
	HOUR_MINUTE HOUR_SECOND IF IGNORE IN INDEX INFILE INNER INOUT INSENSITIVE INSERT INT INT1 INT2 INT3 INT4 INT8 INTEGER INTERSECT INTERVAL INTO IO_AFTER_GTIDS
	IO_BEFORE_GTIDS IS ITERATE JOIN JSON_TABLE KEY KEYS KILL LAG LAST_VALUE LATERAL LEAD LEADING LEAVE LEFT LIKE LIMIT LINEAR LINES LOAD LOCALTIME LOCALTIMESTAMP
	LOCK LONG LONGBLOB LONGTEXT LOOP LOW_PRIORITY MANUAL MATCH MAXVALUE MEDIUMBLOB MEDIUMINT MEDIUMTEXT MIDDLEINT MINUTE_MICROSECOND MINUTE_SECOND MOD MODIFIES
	NATURAL NOT NO_WRITE_TO_BINLOG NTH_VALUE NTILE NULL NUMERIC OF OFFSET ON OPTIMIZE OPTIMIZER_COSTS OPTION OPTIONALLY OR ORDER OUT OUTER OUTFILE OVER PARALLEL PARTITION
	PERCENT_RANK PRECISION PRIMARY PROCEDURE PURGE QUALIFY RANGE RANK READ READS READ_WRITE REAL RECURSIVE REFERENCES REGEXP RELEASE RENAME REPEAT REPLACE REQUIRE
	RESIGNAL RESTRICT RETURN RETURNING REVOKE RIGHT RLIKE ROW ROWS ROW_NUMBER SCHEMA SCHEMAS SECOND_MICROSECOND SELECT SENSITIVE SEPARATOR SET SHOW SIGNAL SMALLINT
	SPATIAL SPECIFIC SQL SQLEXCEPTION SQLSTATE SQLWARNING SSL STARTING STORED STRAIGHT_JOIN SYSTEM TABLE TABLESAMPLE TERMINATED THEN TINYBLOB TINYINT TINYTEXT TO TRAILING
	TRIGGER TRUE UNDO UNION UNIQUE UNLOCK UNSIGNED UPDATE USAGE USE USING UTC_DATE UTC_TIME UTC_TIMESTAMP VALUES VARBINARY VARCHAR VARCHARACTER VARYING VIRTUAL
	WHEN WHERE WHILE WINDOW WITH WRITE XOR YEAR_MONTH ZEROFILL`)
