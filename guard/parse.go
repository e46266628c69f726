package guard

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
)

// Bounds on one statement's text. A stack that overflows in Go ends the process and cannot be recovered, and the parser
// takes quadratic time on long join lists, so these hold before it sees anything.
const (
	maxText    = 64 << 10
	maxPrinted = 4 * maxText
	maxNesting = 100 // parentheses, CASE, and the depth of the tree
	maxJoins   = 200 // JOIN keywords in the whole text
	maxTables  = 61  // of one statement; MySQL's own limit for one FROM
	maxBeside  = 500 // strings without anything between them, which the parser joins one by one
	keepParser = 16 << 10
)

var parsers = sync.Pool{New: func() any { return parser.New() }}

// screen refuses what must not reach the parser. Its cost is one pass of the lexer.
func screen(sql string, mode Mode) *askwire.Error {
	if len(sql) > maxText {
		return askwire.Errorf(askwire.TooComplex, "The statement has %d bytes; at most %d are read.", len(sql), maxText).
			WithHint("Shorten it or split it.")
	}
	if !utf8.ValidString(sql) || strings.IndexByte(sql, 0) >= 0 {
		return askwire.Errorf(askwire.BadText, "The statement is not valid UTF-8 text or holds a NUL byte.").
			WithHint("Send UTF-8 without NUL.")
	}
	s := lex.New(sql, mode.lex())
	tokens, depth, joins, beside := 0, 0, 0, 0
	last := lex.EOF
	for {
		t := s.Next()
		if t.Kind == lex.String && last == lex.String {
			beside++
		}
		last = t.Kind
		switch t.Kind {
		case lex.EOF:
			if tokens == 0 {
				return askwire.Errorf(askwire.EmptyStatement, "The statement is empty.").WithHint("Write a SELECT.")
			}
			return nil
		case lex.Bad:
			return askwire.Errorf(askwire.Syntax, "A string, a name or a comment has no end.").WithHint("Close it.")
		case lex.ExecComment:
			if sql[t.Pos+2] != '+' {
				return askwire.Errorf(askwire.NotSupported, "Executable comments (/*! … */) are not allowed.").
					WithHint("Write their content as plain SQL.")
			}
			continue // a hint, which is dropped
		case lex.Punct:
			switch sql[t.Pos] {
			case '(':
				depth++
			case ')':
				depth--
			}
		case lex.Ident:
			if t.End-t.Pos == 4 && strings.EqualFold(sql[t.Pos:t.End], "join") ||
				t.End-t.Pos == 13 && strings.EqualFold(sql[t.Pos:t.End], "straight_join") {
				joins++
			}
		}
		tokens++
		if depth > maxNesting {
			return errTooDeep()
		}
		if joins > maxJoins {
			return errTooManyTables()
		}
		if beside > maxBeside {
			return askwire.Errorf(askwire.TooComplex, "More than %d strings stand beside each other.", maxBeside).WithHint("Write them as one.")
		}
	}
}

func errTooDeep() *askwire.Error {
	return askwire.Errorf(askwire.TooComplex, "The statement is nested more than %d levels deep.", maxNesting).
		WithHint("Flatten it, for example with WITH.")
}

func errTooManyTables() *askwire.Error {
	return askwire.Errorf(askwire.TooComplex, "The statement reads more than %d tables.", maxTables).WithHint("Split it.")
}

func (m Mode) lex() lex.Mode {
	return lex.Mode{ANSIQuotes: m.ANSIQuotes, NoBackslashEscapes: m.NoBackslashEscapes}
}

func (m Mode) sql() mysql.SQLMode {
	mode := mysql.SQLMode(mysql.ModeNone)
	if m.ANSIQuotes {
		mode |= mysql.ModeANSIQuotes
	}
	if m.NoBackslashEscapes {
		mode |= mysql.ModeNoBackslashEscapes
	}
	if m.PipesAsConcat {
		mode |= mysql.ModePipesAsConcat
	}
	return mode
}

// parse reads exactly one statement. A panic of the parser is a syntax error, and that parser is not used again.
func parse(sql string, mode Mode) (stmt ast.StmtNode, err error) {
	p := parsers.Get().(*parser.Parser)
	keep := len(sql) <= keepParser
	defer func() {
		if r := recover(); r != nil {
			stmt, keep = nil, false
			err = errSyntax(sql, "").Wrap(fmt.Errorf("parser panic: %v", r))
		}
		if keep {
			parsers.Put(p)
		}
	}()
	p.SetSQLMode(mode.sql())
	stmts, _, perr := p.ParseSQL(sql)
	if perr != nil {
		if e := unknownText(perr); e != nil {
			return nil, e.Wrap(perr)
		}
		return nil, errSyntax(sql, syntaxDetail(perr)).Wrap(perr)
	}
	switch len(stmts) {
	case 0:
		return nil, askwire.Errorf(askwire.EmptyStatement, "The statement is empty.").WithHint("Write a SELECT.")
	case 1:
		return stmts[0], nil // the slice belongs to the parser, its elements do not
	default:
		return nil, askwire.Errorf(askwire.NotSupported, "More than one statement was sent as one.").
			WithHint("Send one statement at a time.")
	}
}

// errSyntax words a parse error. Some valid SQL is beyond the parser; those who used it are told.
func errSyntax(sql, detail string) *askwire.Error {
	e := askwire.Errorf(askwire.Syntax, "The SQL cannot be parsed%s.", detail)
	upper := strings.ToUpper(sql)
	for _, w := range []string{"JSON_TABLE", "MEDIAN", "PERCENTILE_CONT", "PERCENTILE_DISC", "ROWS EXAMINED", "SET STATEMENT", "ROLLUP", "MATCH", "WITHIN GROUP"} {
		if strings.Contains(upper, w) {
			return e.WithHint("This form of %s is not understood: write it another way.", w)
		}
	}
	return e.WithHint("Check the spelling there; names that are reserved words need back-quotes.")
}

// syntaxDetail takes the position and the text near it out of the parser's message; the rest of it is the parser's own.
func syntaxDetail(err error) string {
	msg := errors.Unwrap(err)
	s := err.Error()
	if msg != nil {
		s = msg.Error()
	}
	i := strings.Index(s, "near ")
	if i < 0 {
		return ""
	}
	near := s[i:]
	if r := []rune(near); len(r) > 60 {
		near = string(r[:60]) + "…'"
	}
	near = strings.TrimRight(strings.ReplaceAll(near, "\n", " "), " ")
	if j := strings.Index(s, "line "); j >= 0 && j < i {
		return " at " + strings.TrimSpace(s[j:i]) + " " + near
	}
	return " " + near
}
