package guard

import (
	"strings"
	"time"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// A policy variable must be of the type of the columns that it is compared with. The server would convert any other value,
// and 'x' is 0 to it and '7abc' is 7, so that the policy would let rows through that nobody meant.

// comparison is a column that a row policy compares with a variable.
type comparison struct {
	variable string
	column   *columnRule
	own      bool // of the table that the policy is for
}

// compare notes comparisons of a column with variables, in a row policy. The names are resolved already.
func (c *checker) compare(cx *exprContext, column ast.ExprNode, with ...ast.ExprNode) {
	if !c.predicate {
		return
	}
	outermost := cx.scope
	for outermost.outer != nil {
		outermost = outermost.outer
	}
	refs := c.operands(column, cx.scope)
	if len(refs) == 0 {
		c.noteType(c.resultClass(column, cx), with...)
	}
	for _, r := range refs {
		if r.src.table == nil {
			continue
		}
		for _, e := range with {
			if l, ok := bareExpr(e).(*literal); ok && l.slot == variableSlot {
				c.compared = append(c.compared, comparison{l.name, &r.src.table.cols[r.i], r.src == outermost.sources[0]})
			}
		}
	}
}

// typedVariable is a variable of which the place in an expression says the type.
type typedVariable struct {
	variable string
	class    typeClass
}

// noteType notes the type of those expressions that are a variable.
func (c *checker) noteType(class typeClass, es ...ast.ExprNode) {
	for _, e := range es {
		if l, ok := bareExpr(e).(*literal); ok && l.slot == variableSlot && class != otherType {
			c.places = append(c.places, typedVariable{l.name, class})
		}
	}
}

// arithmetic notes that a variable is a number where one is computed with.
func (c *checker) arithmetic(n *ast.BinaryOperationExpr) {
	if prec := binaryPrec(n.Op); prec == precAdd || prec == precMul {
		c.noteType(numericType, n.L, n.R)
	}
}

var (
	textFunctions   = words("CONCAT CONCAT_WS LOWER LCASE UPPER UCASE TRIM LTRIM RTRIM LEFT RIGHT SUBSTRING SUBSTR MID SUBSTRING_INDEX REPLACE LPAD RPAD REVERSE HEX MD5 SHA1 SHA2 DATE_FORMAT JSON_UNQUOTE")
	numberFunctions = words("ABS ROUND FLOOR CEIL CEILING MOD YEAR MONTH DAY DAYOFMONTH HOUR MINUTE SECOND QUARTER WEEK LENGTH CHAR_LENGTH DATEDIFF TIMESTAMPDIFF SIGN")
	dateFunctions   = words("DATE CURDATE CURRENT_DATE NOW CURRENT_TIMESTAMP LAST_DAY DATE_ADD DATE_SUB ADDDATE SUBDATE UTC_DATE UTC_TIMESTAMP")
)

// resultClass is the type of what an expression gives, as far as its outermost form says it.
func (c *checker) resultClass(e ast.ExprNode, cx *exprContext) typeClass {
	switch n := bareExpr(e).(type) {
	case *ast.FuncCallExpr:
		switch name := strings.ToUpper(n.FnName.L); {
		case textFunctions[name]:
			return textType
		case numberFunctions[name]:
			return numericType
		case dateFunctions[name]:
			return temporalType
		case (name == "COALESCE" || name == "IFNULL") && len(n.Args) > 0:
			if refs := c.operands(n.Args[0], cx.scope); len(refs) == 1 && refs[0].src.table != nil {
				return refs[0].src.table.cols[refs[0].i].class
			}
		}
	case *ast.BinaryOperationExpr:
		if prec := binaryPrec(n.Op); prec == precAdd || prec == precMul {
			return numericType
		}
	case *literal:
		switch n.kind {
		case intLiteral, decimalLiteral, floatLiteral:
			return numericType
		case stringLiteral:
			return textType
		}
	}
	return otherType
}

// variables takes over what a row policy has found out about its variables.
func (b *builder) variables(entry string, c *checker) {
	for _, v := range c.vars {
		b.policy.vars = appendNew(b.policy.vars, v)
	}
	for _, k := range c.compared {
		c.places = append(c.places, typedVariable{k.variable, k.column.class})
	}
	for _, k := range c.places {
		have := b.policy.types[k.variable]
		switch want := k.class; {
		case want == otherType || want == have:
		case have == otherType:
			b.policy.types[k.variable] = want
		default:
			b.problem("rows", entry, "Use two variables.", "%q: @%s is compared with %s here and with %s elsewhere, so that no value fits.", entry, k.variable,
				want.article(), have.article())
		}
	}
	for _, v := range c.vars {
		if b.policy.types[v] == otherType {
			b.warn("rows", entry, "Compare it with a column, such as customer_id = @user_id.", "%q: nothing says of what type @%s is, so that the server converts whatever value it has.", entry, v)
		}
	}
}

// warnRows says what is odd about a row policy that can hold.
func (b *builder) warnRows(t *tableRule, entry string, c *checker) {
	if len(c.columns) == 0 && c.queries == 0 {
		b.warn("rows", entry, "Compare a column with a variable, such as customer_id = @user_id.", "%q: the condition names no column, so that it is the same for every row.", entry)
		return
	}
	for _, col := range c.columns {
		if !b.visible(col.ref) {
			b.warn("rows", entry, "Leave it out if its name is a secret.", "%q: the condition names %s, which the profile does not show; people see the condition in receipts and in their history.", entry, col.ref)
			break
		}
	}
	full, _ := b.snap.Table(t.db, t.name)
	if full.View {
		return
	}
	var bare []string
	for _, k := range c.compared {
		if !k.own {
			continue
		}
		if leads(full, k.column.name) {
			return
		}
		bare = appendNew(bare, k.column.name)
	}
	if len(bare) > 0 {
		b.warn("rows", entry, "Add an index that begins with it.", "%q: no index begins with %s, so that every statement reads the whole table.", entry, strings.Join(bare, " or "))
	}
}

// leads reports whether a key begins with the column.
func leads(t *askwire.Table, column string) bool {
	first := func(columns []string) bool { return len(columns) > 0 && strings.EqualFold(columns[0], column) }
	if first(t.PrimaryKey) {
		return true
	}
	for _, ix := range t.Indexes {
		if first(ix.Columns) {
			return true
		}
	}
	return false
}

// article names the class of a type for people.
func (c typeClass) article() string {
	switch c {
	case numericType:
		return "a number"
	case temporalType:
		return "a date"
	case textType:
		return "a text"
	default:
		return "a value"
	}
}

// Misfit is a policy variable that a principal lacks, or has with a value of another type than the policy compares it with.
type Misfit struct {
	Name    string
	Missing bool
	Want    string // "a number", "a text", "a date"
}

// Misfits lists the variables with which the policy cannot hold for these values. Names compare without regard to case.
func (p *Policy) Misfits(vars map[string]askwire.Value) []Misfit {
	s := Session{Vars: vars}
	var out []Misfit
	for _, name := range p.vars {
		v, ok := s.variable(name)
		want := p.types[name]
		if !ok || !want.fits(v) {
			out = append(out, Misfit{Name: name, Missing: !ok, Want: want.article()})
		}
	}
	return out
}

// AnyVariables are values with which a statement can be checked where it is not for anybody.
func (p *Policy) AnyVariables() map[string]askwire.Value {
	out := map[string]askwire.Value{}
	for _, name := range p.vars {
		out[name] = askwire.Value{Kind: askwire.Int, Text: "0"}
		switch p.types[name] {
		case textType:
			out[name] = askwire.Value{Kind: askwire.String}
		case temporalType:
			out[name] = askwire.Value{Kind: askwire.String, Text: "2000-01-01"}
		}
	}
	return out
}

// fits reports whether the value compares with a column of the class without a conversion.
func (c typeClass) fits(v askwire.Value) bool {
	switch c {
	case numericType:
		return v.Kind == askwire.Int || v.Kind == askwire.Decimal || v.Kind == askwire.Float
	case textType:
		return v.Kind == askwire.String
	case temporalType:
		if v.Kind != askwire.String {
			return false
		}
		for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05"} {
			if _, err := time.Parse(layout, v.Text); err == nil {
				return true
			}
		}
		return false
	default:
		return v.Kind != askwire.Null
	}
}

// relationships takes the profile's own into the scope, where they count as those of the database do.
func (b *builder) relationships() {
	for _, text := range b.profile.Relationships {
		from, to, ok := strings.Cut(text, "->")
		if !ok {
			b.problem("relationships", text, `Write "db.table.column -> db.table.column".`, "%q is not a relationship.", text)
			continue
		}
		var ends [2]askwire.ColumnRef
		whole := true
		for i, name := range []string{strings.TrimSpace(from), strings.TrimSpace(to)} {
			t, low := b.split("relationships", text, name)
			switch {
			case t == nil:
				whole = false
			case t.denied[low]:
				whole = false
				b.problem("relationships", text, "Remove one of the two.", "%q is also in deny_columns.", name)
			default:
				ends[i] = t.cols[t.byLow[low]].ref
			}
		}
		if whole {
			b.related = append(b.related, askwire.Relationship{From: ends[0], To: ends[1], ByHand: true})
		}
	}
}
