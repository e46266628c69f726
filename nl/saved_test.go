package nl

import (
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

var topProducts = askwire.SavedQuestion{
	Name:      "top-products",
	Database:  "shop",
	Questions: []string{"최근 {n}개월 매출 상위 {k}개 상품은?", "top {k} products by sales of the last {n} months", "매출 상위 상품"},
	SQL:       "SELECT p.name, SUM(o.amount) AS sales FROM orders o JOIN products p ON p.id = o.product_id WHERE o.ordered_on >= CURDATE() - INTERVAL :n MONTH GROUP BY p.name ORDER BY sales DESC, p.name LIMIT :k",
	Params: []askwire.Param{
		{Name: "n", Type: askwire.IntParam, Default: "1", Min: "1", Max: "24"},
		{Name: "k", Type: askwire.IntParam, Default: "10", Min: "1", Max: "100"},
	},
	Summary:    map[string]string{"ko": "매출 1위는 {1.name}이고 합계는 {sum.sales}원입니다.", "en": "{1.name} leads; the total is {sum.sales}."},
	Verified:   true,
	Onboarding: true,
}

var ordersOfCity = askwire.SavedQuestion{
	Name: "city-orders", Database: "shop",
	Questions: []string{"{month} {city} 주문 수", "orders from {city} in {month}"},
	SQL:       "SELECT COUNT(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = :city AND o.ordered_on >= CONCAT(:month, '-01') AND ':month' <> '' -- :city",
	Params: []askwire.Param{
		{Name: "month", Type: askwire.MonthParam},
		{Name: "city", Type: askwire.StringParam, Values: []string{"Seoul", "Busan", "New York"}, Aliases: map[string]string{"서울": "Seoul", "서울시": "Seoul", "부산": "Busan"}},
	},
	Verified: true,
}

var ordersOfName = askwire.SavedQuestion{
	Name: "name-orders", Database: "shop",
	Questions: []string{"orders of customer {name}", "orders of customer {name} on {day}", "고객 {name} 주문"},
	SQL:       "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = :name AND (:day = '2000-01-01' OR o.ordered_on = :day)",
	Params: []askwire.Param{
		{Name: "name", Type: askwire.StringParam},
		{Name: "day", Type: askwire.DateParam, Default: "2000-01-01"},
	},
	Verified: true,
}

var monthRevenue = askwire.SavedQuestion{
	Name: "month-revenue", Database: "shop",
	Questions: []string{"지난달 매출 상위 {k}개 도시", "top {k} cities by revenue last month"},
	SQL:       "SELECT city FROM orders WHERE ordered_on >= :period1_from AND ordered_on < :period1_to LIMIT :k",
	Params:    []askwire.Param{{Name: "k", Type: askwire.IntParam, Default: "3"}},
	Verified:  true,
}

// question asks in Seoul on Thursday, 5 March 2026.
func question(t testing.TB, text string) *askwire.Question {
	return &askwire.Question{
		ID: "q1", Text: text, User: &askwire.User{Name: "ana"}, Profile: &askwire.Profile{Name: "customer", LLMData: "rows"},
		Snapshot: shopSnapshot(), Database: "shop", TimeZone: seoul(t), Now: time.Date(2026, 3, 5, 9, 30, 0, 0, seoul(t)), Progress: func(string) {},
	}
}

func shopSnapshot() *askwire.Snapshot {
	col := func(name, typ, comment string, samples ...string) askwire.Column {
		data, _, _ := strings.Cut(typ, "(")
		return askwire.Column{Name: name, Type: typ, DataType: data, Comment: comment, Samples: samples}
	}
	return askwire.NewSnapshot(askwire.Snapshot{
		Backend: "main", Version: 7, Server: askwire.Server{Family: askwire.MariaDB, Version: "10.11.14-MariaDB", Major: 10, Minor: 11},
		Tables: []*askwire.Table{
			{DB: "shop", Name: "customers", Comment: "people who buy", NameKo: "고객", PrimaryKey: []string{"id"}, Rows: 100, Columns: []askwire.Column{
				col("id", "int", ""), col("name", "varchar(60)", "full name", "Kim"), col("city", "varchar(40)", "도시", "Seoul", "Busan"), col("phone", "varchar(20)", "", "010-1"),
			}},
			{DB: "shop", Name: "orders", Comment: "one row for each order", NameKo: "주문", PrimaryKey: []string{"id"}, Rows: 1000,
				ForeignKeys: []askwire.ForeignKey{
					{Name: "f1", Columns: []string{"customer_id"}, RefDB: "shop", RefTable: "customers", RefColumns: []string{"id"}},
					{Name: "f2", Columns: []string{"product_id"}, RefDB: "shop", RefTable: "products", RefColumns: []string{"id"}},
				},
				Columns: []askwire.Column{
					col("id", "int", ""), col("customer_id", "int", ""), col("product_id", "int", ""), col("amount", "decimal(12,2)", "KRW, VAT included", "12000.00"),
					col("status", "varchar(10)", "상태", "paid", "it's"), col("ordered_on", "date", "주문일"),
				}},
			{DB: "shop", Name: "products", NameEn: "products", PrimaryKey: []string{"id"}, Rows: 50, Columns: []askwire.Column{
				col("id", "int", ""), col("name", "varchar(80)", "상품명"), col("price", "decimal(12,2)", ""),
			}},
		},
		Terms: []askwire.Term{
			{Name: "매출", Synonyms: []string{"sales", "revenue"}, Meaning: "SUM(orders.amount) where status <> 'cancelled'", Tables: []string{"shop.orders"}},
			{Name: "VIP", Meaning: "customers with 10 orders or more", Tables: []string{"shop.customers"}},
		},
	})
}

func TestSavedMatch(t *testing.T) {
	set, err := newSavedSet([]askwire.SavedQuestion{topProducts, ordersOfCity, ordersOfName, monthRevenue})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, text, want string }{ // want: name and arguments, "" = no match
		{"Exact", "최근 3개월 매출 상위 5개 상품은?", "top-products k=5 n=3"},
		{"SpacesAsPeopleSetThem", " 최근3 개월  매출상위 5 개 상품은 ?? ", "top-products k=5 n=3"},
		{"FullWidthDigits", "최근 ３개월 매출 상위 ５개 상품은？", "top-products k=5 n=3"},
		{"NumberWord", "최근 세개월 매출 상위 열개 상품은", "top-products k=10 n=3"},
		{"English", "Top 5 products by SALES of the last three months.", "top-products k=5 n=3"},
		{"Defaults", "매출 상위 상품", "top-products k=10 n=1"},
		{"ThousandsSeparator", "top 1,0 products by sales of the last 3 months", ""},
		{"AboveMax", "최근 25개월 매출 상위 5개 상품은?", ""},
		{"BelowMin", "최근 0개월 매출 상위 5개 상품은?", ""},
		{"Negative", "top -5 products by sales of the last 3 months", ""},
		{"NoNumber", "최근 몇개월 매출 상위 5개 상품은?", ""},
		{"NearlyTheSame", "최근 3개월 매출 하위 5개 상품은?", ""},
		{"MoreThanTheQuestion", "최근 3개월 매출 상위 5개 상품은? 그리고 고객은?", ""},
		{"WordsThatOnlyAsk", "지난달 서울 주문 수를 좀 알려줘", "city-orders city=Seoul month=2026-02"},
		{"WordsThatOnlyAskEnglish", "Please show me orders from Busan in January 2026", "city-orders city=Busan month=2026-01"},
		{"ParameterInAnotherScript", "orders from 서울 in 2026-01", "city-orders city=Seoul month=2026-01"},
		{"ParameterGoesOn", "orders of customers", ""},
		{"Particle", "2026-01 서울 주문 수는?", "city-orders city=Seoul month=2026-01"},
		{"Month", "2026-01 서울 주문 수", "city-orders city=Seoul month=2026-01"},
		{"MonthKorean", "2026년 1월 서울 주문수", "city-orders city=Seoul month=2026-01"},
		{"MonthBare", "12월 부산 주문 수", "city-orders city=Busan month=2025-12"},
		{"MonthRelative", "지난달 서울시 주문 수", "city-orders city=Seoul month=2026-02"},
		{"MonthEnglish", "Orders from new york in last month", "city-orders city=New York month=2026-02"},
		{"MonthMay", "orders from seoul in may", "city-orders city=Seoul month=2025-05"},
		{"WeekIsNoMonth", "지난주 서울 주문 수", ""},
		{"QuarterIsNoMonth", "1분기 서울 주문 수", ""},
		{"CityNotInList", "2026-01 도쿄 주문 수", ""},
		{"FreeStringKeepsCase", "orders of customer Ana de  Armas", "name-orders day=2000-01-01 name=Ana de  Armas"},
		{"LongerPhrasingFirst", "orders of customer Ana on 2026-01-05", "name-orders day=2026-01-05 name=Ana | name-orders day=2000-01-01 name=Ana on 2026-01-05"},
		{"PeriodOfAFile", "지난달 매출 상위 2개 도시는?", "month-revenue k=2 period1_from=2026-02-01 period1_to=2026-03-01"},
		{"PeriodOfAFileEnglish", "Top 5 cities by revenue last month", "month-revenue k=5 period1_from=2026-02-01 period1_to=2026-03-01"},
		{"PeriodOfAnother", "이번 달 매출 상위 2개 도시는?", ""},
		{"Name", "Top-Products", "top-products k=10 n=1"},
		{"NameWithPeriod", "month-revenue", "month-revenue k=3 period1_from=2026-02-01 period1_to=2026-03-01"},
		{"NameWithoutItsArguments", "city-orders", ""},
		{"Injection", "orders of customer x' OR '1'='1", "name-orders day=2000-01-01 name=x' OR '1'='1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range set.match(question(t, c.text), questionForm(c.text)) {
				s := m.saved.Name
				for _, name := range []string{"city", "day", "k", "month", "n", "name", "period1_from", "period1_to"} {
					if v, ok := m.args[name]; ok {
						s += " " + name + "=" + v.Text
					}
				}
				got = append(got, s)
			}
			if s := strings.Join(got, " | "); s != c.want {
				t.Errorf("got %q, want %q", s, c.want)
			}
		})
	}
}

func TestSavedMatchIsForItsOwner(t *testing.T) {
	verified, own := topProducts, topProducts
	own.Name, own.Verified, own.Owner = "own", false, "ana"
	set, err := newSavedSet([]askwire.SavedQuestion{own})
	if err != nil {
		t.Fatal(err)
	}
	q := question(t, "매출 상위 상품")
	if m := set.match(q, questionForm(q.Text)); len(m) != 0 {
		t.Errorf("an unverified question answered: %+v", m)
	}
	verified.Backend = "other"
	if set, err = newSavedSet([]askwire.SavedQuestion{verified}); err != nil {
		t.Fatal(err)
	}
	if m := set.match(q, questionForm(q.Text)); len(m) != 0 {
		t.Errorf("a question of another backend answered: %+v", m)
	}
}

func TestSubstitute(t *testing.T) {
	str := func(s string) askwire.Value { return askwire.Value{Kind: askwire.String, Text: s} }
	cases := []struct {
		name, sql string
		v         askwire.Value
		want      string
	}{
		{"Int", "LIMIT :x", askwire.Value{Kind: askwire.Int, Text: "5"}, "LIMIT 5"},
		{"NegativeInt", "SELECT 1-:x", askwire.Value{Kind: askwire.Int, Text: "-5"}, "SELECT 1-(-5)"},
		{"NoInt", "LIMIT :x", askwire.Value{Kind: askwire.Int, Text: "5; DROP TABLE t"}, ""},
		{"EmptyInt", "LIMIT :x", askwire.Value{Kind: askwire.Int, Text: "-"}, ""},
		{"Quote", "a = :x", str("x' OR '1'='1"), "a = 'x'' OR ''1''=''1'"},
		{"Backslash", "a = :x", str(`\' OR 1=1 -- `), `a = '\\'' OR 1=1 -- '`},
		{"TrailingBackslash", "a = :x AND b = ''", str(`\`), `a = '\\' AND b = ''`},
		{"Comment", "a = :x", str("*/ OR 1 /*"), "a = '*/ OR 1 /*'"},
		{"NUL", "a = :x", str("a\x00b"), ""},
		{"NotUTF8", "a = :x", str("a\xffb"), ""},
		{"Null", "a = :x", askwire.Value{}, "a = NULL"},
		{"Decimal", "a > :x", askwire.Value{Kind: askwire.Decimal, Text: "1.50"}, "a > 1.50"},
		{"DecimalTrick", "a > :x", askwire.Value{Kind: askwire.Decimal, Text: "0x1p4"}, ""},
		{"DecimalNaN", "a > :x", askwire.Value{Kind: askwire.Float, Text: "NaN"}, ""},
		{"InsideString", "a = ':x' AND b = :x", str("v"), "a = ':x' AND b = 'v'"},
		{"InsideDoubleQuotes", `a = ":x" AND b = :x`, str("v"), `a = ":x" AND b = 'v'`},
		{"InsideName", "`:x` = :x", str("v"), "`:x` = 'v'"},
		{"InsideComment", "/* :x */ a = :x -- :x", str("v"), "/* :x */ a = 'v' -- :x"},
		{"AfterQuoteInString", `a = 'it''s :x' AND b = :x`, str("v"), `a = 'it''s :x' AND b = 'v'`},
		{"ValueWithPlaceholder", "a = :x", str(":x"), "a = ':x'"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := substitute(c.sql, map[string]askwire.Value{"x": c.v})
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	if _, err := substitute("SELECT :y", nil); askwire.CodeOf(err) != askwire.WrongArguments {
		t.Errorf("a parameter without a value: %v", err)
	}
}

func TestNewSavedSetRefuses(t *testing.T) {
	base := func(change func(q *askwire.SavedQuestion)) askwire.SavedQuestion {
		q := askwire.SavedQuestion{Name: "q", Questions: []string{"how many {n}"}, SQL: "SELECT :n", Params: []askwire.Param{{Name: "n", Type: askwire.IntParam}}}
		change(&q)
		return q
	}
	cases := []struct {
		name, want string
		q          askwire.SavedQuestion
	}{
		{"NoName", "needs a name", base(func(q *askwire.SavedQuestion) { q.Name = "" })},
		{"NoPhrasing", "needs a name", base(func(q *askwire.SavedQuestion) { q.Questions = nil })},
		{"UnknownInPhrasing", "uses {m}", base(func(q *askwire.SavedQuestion) { q.Questions = []string{"how many {n} of {m}"} })},
		{"UnknownInSQL", "uses :m", base(func(q *askwire.SavedQuestion) { q.SQL = "SELECT :m" })},
		{"NoPeriod", "does not name that period", base(func(q *askwire.SavedQuestion) { q.SQL = "SELECT :n, :period1_from" })},
		{"SecondPeriod", "does not name that period", base(func(q *askwire.SavedQuestion) {
			q.Questions, q.SQL = []string{"how many {n} last month"}, "SELECT :n, :period1_from, :period2_from"
		})},
		{"FixedPeriod", "does not name that period", base(func(q *askwire.SavedQuestion) {
			q.Questions, q.SQL = []string{"how many {n} in March 2026"}, "SELECT :n, :period1_from"
		})},
		{"OtherPeriods", `"how many {n} this month" does not name that period`, base(func(q *askwire.SavedQuestion) {
			q.Questions, q.SQL = []string{"지난달 {n}개", "how many {n} last month", "how many {n} this month"}, "SELECT :n, :period1_from"
		})},
		{"NoDefault", "has no default", base(func(q *askwire.SavedQuestion) { q.Questions = []string{"how many"} })},
		{"Adjacent", "nothing between", base(func(q *askwire.SavedQuestion) {
			q.Questions, q.Params = []string{"show {n}{m}"}, append(q.Params, askwire.Param{Name: "m", Type: askwire.IntParam})
		})},
		{"Twice", "twice", base(func(q *askwire.SavedQuestion) { q.Questions = []string{"from {n} to {n}"} })},
		{"OnlyParameter", "too short", base(func(q *askwire.SavedQuestion) { q.Questions = []string{"{n}"} })},
		{"BadBrace", "does not begin", base(func(q *askwire.SavedQuestion) { q.Questions = []string{"how { many {n}"} })},
		{"BadType", "unknown type", base(func(q *askwire.SavedQuestion) { q.Params[0].Type = "text" })},
		{"BadDefault", "default", base(func(q *askwire.SavedQuestion) { q.Params[0].Default = "many" })},
		{"BoundsCrossed", "least value above its greatest", base(func(q *askwire.SavedQuestion) { q.Params[0].Min, q.Params[0].Max = "200", "100" })},
		{"BoundOfAnotherType", `has the bound or value "1.5", and takes a whole number`, base(func(q *askwire.SavedQuestion) { q.Params[0].Min = "1.5" })},
		{"ValueOfAnotherType", `has the bound or value "x"`, base(func(q *askwire.SavedQuestion) { q.Params[0].Values = []string{"1", "x"} })},
		{"BoundsOfText", "is a text", base(func(q *askwire.SavedQuestion) { q.Params[0].Type, q.Params[0].Max = askwire.StringParam, "z" })},
		{"DefaultOutOfBounds", "takes a whole number from 1 on", base(func(q *askwire.SavedQuestion) { q.Params[0].Min, q.Params[0].Default = "1", "0" })},
		{"AliasOutsideList", "not among", base(func(q *askwire.SavedQuestion) {
			q.Params[0] = askwire.Param{Name: "n", Type: askwire.StringParam, Values: []string{"a"}, Aliases: map[string]string{"x": "b"}}
		})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := newSavedSet([]askwire.SavedQuestion{c.q})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	if _, err := newSavedSet([]askwire.SavedQuestion{topProducts, topProducts}); err == nil || !strings.Contains(err.Error(), "same name") {
		t.Errorf("two of one name: %v", err)
	}
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"  Top ５  Products?? ": "top 5 products", "매출은？": "매출은", "a\u200bb": "ab", "“x” ‘y’": `"x" 'y'`, "가\t나\n다": "가 나 다", "...": "",
	} {
		if got := normalise(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("최근 {n}개월 {k}개", "최근 3개월 5개")
	f.Add("{a} x {b}", "1 x 2")
	f.Add("orders of {a}?", "orders of '; --")
	f.Add("aa{a}aa{b}aa", strings.Repeat("a", 300))
	f.Fuzz(func(t *testing.T, phrase, text string) {
		tpl, err := compileTemplate(phrase)
		if err != nil || len(text) > 4000 {
			return
		}
		form := questionForm(text)
		args, ok := tpl.match(form, func(_, arg string) bool { return arg != "" })
		if !ok {
			return
		}
		// What matched is made of the literals and the arguments, in order, up to the spaces around an argument.
		rest := form
		for i, lit := range tpl.literals {
			rest = strings.TrimLeft(rest, " ")
			lit = strings.Trim(lit, " ")
			if !strings.HasPrefix(rest, lit) {
				t.Fatalf("%q matched %q with %v, but %q is not there", phrase, form, args, lit)
			}
			rest = strings.TrimLeft(rest[len(lit):], " ")
			if i < len(tpl.params) {
				arg := args[tpl.params[i]]
				if !strings.HasPrefix(rest, arg) {
					t.Fatalf("%q matched %q with %v, but %q is not there", phrase, form, args, arg)
				}
				rest = rest[len(arg):]
			}
		}
		if rest != "" {
			t.Fatalf("%q matched %q with %v and left %q", phrase, form, args, rest)
		}
		for _, a := range args {
			lit, err := literal(askwire.Value{Kind: askwire.String, Text: a})
			if err != nil {
				continue
			}
			if toks := scanSQL(lit); len(toks) != 1 || toks[0].kind != tokString || toks[0].end != len(lit) {
				t.Fatalf("%q is not one string literal", lit)
			}
		}
	})
}
