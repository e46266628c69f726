package nl

import (
	"context"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

func sample(complete bool, columns string, rows ...string) askwire.Sample {
	s := askwire.Sample{Complete: complete}
	for _, c := range strings.Split(columns, "|") {
		name, typ, _ := strings.Cut(c, ":")
		s.Columns, s.Types = append(s.Columns, name), append(s.Types, typ)
	}
	for _, r := range rows {
		var row []*string
		for _, v := range strings.Split(r, "|") {
			if v == "NULL" {
				row = append(row, nil)
				continue
			}
			row = append(row, &v)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

var sales = sample(true, "name:varchar|sales:decimal", "사과|1234567.00", "배|800000.50", "감|NULL")

func TestSummarize(t *testing.T) {
	const sql = "SELECT p.name, SUM(o.amount) AS sales FROM shop.orders o JOIN shop.products p ON p.id = o.product_id GROUP BY p.name"
	cases := []struct {
		name, says string
		sample     askwire.Sample
		want       string // of the text
		dropped    string // of the error
	}{
		{"OK", "사과가 1,234,567원으로 가장 많습니다.", sales, "사과가 1,234,567원으로 가장 많습니다.", ""},
		{"Rounded", "사과가 약 123만 원, 합계는 약 203만 원입니다.", sales, "약 123만", ""},
		{"TwoParts", "합계는 203만 4,568원입니다.", sales, "203만", ""},
		{"Percent", "사과가 60.7%입니다.", sales, "60.7%", ""},
		{"Rank", "1위는 사과, 2위는 배입니다.", sales, "1위", ""},
		{"RowCount", "상품은 3개입니다.", sales, "3개", ""},
		{"Invented", "사과가 1,999,999원입니다.", sales, "", "1,999,999"},
		{"InventedPercent", "사과가 73%입니다.", sales, "", "73"},
		{"WrongUnit", "사과가 123억 원입니다.", sales, "", "123억"},
		{"Link", "자세한 것은 https://evil.example/?q=1 에 있습니다.", sales, "", "link"},
		{"BareLink", "see evil.com/x", sales, "", "link"},
		{"MarkdownLink", "[사과](x)가 많습니다.", sales, "", "link"},
		{"Nothing", "<think>hm</think>", sales, "", "wrote none"},
		{"Markdown", "요약: **사과**가\n많습니다.", sales, "사과가 많습니다.", ""},
		{"FirstRows", "사과가 가장 많습니다.", sample(false, "name|sales:decimal", "사과|10", "배|5"), "앞 2행 기준: 사과가", ""},
	}
	gate := shopGate(t)
	st, err := gate.Check(sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rec := &log{}
			m := &script{texts: []string{c.says}}
			a := newAsker(t, m, func(cfg *Config) { cfg.Record = rec })
			q := asked(t, gate, "상품별 매출은?")
			p := &askwire.Plan{Explanation: "Sales by product.", Calls: 1}
			text, err := a.Summarize(context.Background(), q, p, st, c.sample)
			if c.dropped != "" {
				if askwire.CodeOf(err) != askwire.PolicyDenied || !strings.Contains(err.Error(), c.dropped) || text != "" {
					t.Fatalf("got %q, %v", text, err)
				}
				return
			}
			if err != nil || !strings.Contains(text, c.want) {
				t.Fatalf("got %q, %v", text, err)
			}
			if strings.Contains(m.request(0).Text(), "SELECT") {
				t.Error("the statement is in the prompt")
			}
			again, err := a.Summarize(context.Background(), q, p, st, c.sample)
			if err != nil || again != text || m.calls() != 1 {
				t.Errorf("not cached: %q, %v, %d calls", again, err, m.calls())
			}
			if len(rec.calls) != 1 || rec.calls[0].Stage != askwire.StageSummary {
				t.Errorf("recorded %+v", rec.calls)
			}
		})
	}
}

func TestAllowanceKnowsTheQuestionsDates(t *testing.T) {
	q := question(t, "전분기 상위 5개 상품")
	dates := newAsker(t, &script{}).reading(q).dates
	a := allow(q, nil, figuresOf(sample(true, "name|n:int", "사과|700")), dates)
	for text, founded := range map[string]bool{
		"2025년 4분기(92일, 10월부터 12월까지) 상위 5개 가운데 사과가 700개입니다.": true,
		"2024년에는 사과가 700개였습니다.":                              false,
		"사과가 8위입니다.": false,
	} {
		if n, bad := a.unfounded(text); bad == founded {
			t.Errorf("%s: %q", text, n)
		}
	}
}

func TestSummarizeCacheKey(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name FROM shop.products p")
	if err != nil {
		t.Fatal(err)
	}
	base := func() (*askwire.Question, askwire.Sample) {
		return asked(t, gate, "products"), sample(true, "name", "a", "b")
	}
	for name, c := range map[string]struct {
		change func(q *askwire.Question, s *askwire.Sample)
		calls  int
	}{
		"Same":       {func(*askwire.Question, *askwire.Sample) {}, 1},
		"OtherValue": {func(_ *askwire.Question, s *askwire.Sample) { *s = sample(true, "name", "a", "c") }, 2},
		"MovedValue": {func(_ *askwire.Question, s *askwire.Sample) { *s = sample(true, "name", "ab", "") }, 2},
		"Incomplete": {func(_ *askwire.Question, s *askwire.Sample) { s.Complete = false }, 2},
		"Language":   {func(q *askwire.Question, _ *askwire.Sample) { q.Options.Language = "de" }, 2},
		"Persona":    {func(q *askwire.Question, _ *askwire.Sample) { q.Profile.Persona = "a pirate" }, 2},
		"Question":   {func(q *askwire.Question, _ *askwire.Sample) { q.Text = "goods" }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := &script{texts: []string{"Some.", "Others."}}
			a := newAsker(t, m)
			q, s := base()
			if _, err := a.Summarize(context.Background(), q, nil, st, s); err != nil {
				t.Fatal(err)
			}
			q, s = base()
			c.change(q, &s)
			if _, err := a.Summarize(context.Background(), q, nil, st, s); err != nil || m.calls() != c.calls {
				t.Errorf("%d calls, %v", m.calls(), err)
			}
		})
	}
}

func TestSummarizeObeysTheProfile(t *testing.T) {
	const groups = "SELECT c.city, COUNT(*) AS n, SUM(o.amount) AS s FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id GROUP BY c.city"
	big, small := sample(true, "city|n:bigint|s:decimal", "Seoul|9|100", "Busan|5|50"), sample(true, "city|n:bigint|s:decimal", "Seoul|9|100", "Busan|4|50")
	totals := func(p *askwire.Profile) { p.LLMData, p.LLMKeys = "aggregates", []string{"shop.customers.city"} }
	cases := []struct {
		name    string
		sql     string
		sample  askwire.Sample
		profile func(p *askwire.Profile)
		refused string // "" = the model is asked
		hidden  string // not in the prompt
	}{
		{"None", groups, big, func(p *askwire.Profile) { p.LLMData = "none" }, "sends no data", ""},
		{"Unset", groups, big, func(p *askwire.Profile) { p.LLMData = "" }, "sends no data", ""},
		{"Rows", "SELECT c.name, c.city FROM shop.customers c", sample(true, "name|city", "Kim|Seoul"), func(*askwire.Profile) {}, "", ""},
		{"RowsWithoutDenied", "SELECT c.name, c.city FROM shop.customers c", sample(true, "name|city", "Kim|Seoul"), func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.customers.name"} }, "", "Kim"},
		{"RowsWithoutDerived", "SELECT UPPER(c.name) AS x, c.city FROM shop.customers c", sample(true, "x|city", "KIM|Seoul"), func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.customers.name"} }, "", "KIM"},
		{"RowsThroughSubselect", "SELECT d.x, d.city FROM (SELECT c.name AS x, c.city FROM shop.customers c) d", sample(true, "x|city", "Kim|Seoul"), func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.customers.name"} }, "", "Kim"},
		{"RowsWithoutMasked", "SELECT c.name, c.city FROM shop.customers c", sample(true, "name|city", "K**|Seoul"), func(p *askwire.Profile) { p.Masks = map[string]string{"shop.customers.name": "partial(1, 0)"} }, "", "K**"},
		{"NothingLeft", "SELECT c.name FROM shop.customers c", sample(true, "name", "Kim"), func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.customers.name"} }, "no column", ""},
		{"ColumnsDiffer", "SELECT c.name FROM shop.customers c", sample(true, "name|more", "Kim|x"), func(*askwire.Profile) {}, "not known", ""},
		{"Aggregates", groups, big, totals, "", ""},
		{"SmallGroup", groups, small, totals, "fewer than 5", ""},
		{"PlainColumn", "SELECT c.city, c.name FROM shop.customers c", sample(true, "city|name", "Seoul|Kim"), totals, "is not shown to be", ""},
		{"NoCount", "SELECT c.city, MAX(c.name) AS m FROM shop.customers c GROUP BY c.city", sample(true, "city|m", "Seoul|Kim"), totals, "cannot be shown", ""},
		{"FalseCount", "SELECT MAX(99) AS `COUNT(*)`, MAX(c.name) AS m FROM shop.customers c WHERE c.id = 1", sample(true, "COUNT(*):bigint|m", "99|Kim"), totals, "is not shown to be", ""},
		{"CountOfSomething", "SELECT COUNT(*) + 99 AS n, MAX(c.name) AS m FROM shop.customers c WHERE c.id = 1", sample(true, "n:bigint|m", "100|Kim"), totals, "is not shown to be", ""},
		{"CountOfAColumn", "SELECT c.city, COUNT(DISTINCT o.id) AS n FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id GROUP BY c.city", sample(true, "city|n:bigint", "Seoul|9"), totals, "", ""},
		{"CountBehindWith", "WITH x AS (SELECT o.customer_id AS c, SUM(o.amount) AS s FROM shop.orders o GROUP BY o.customer_id) SELECT COUNT(*) AS n, AVG(x.s) AS a FROM x", sample(true, "n:bigint|a:decimal", "9|10"), totals, "", ""},
		{"CountMultiplied", "SELECT COUNT(*) AS n, MAX(c.name) AS m FROM shop.customers c JOIN (SELECT 1 AS i UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1) d ON d.i = c.id", sample(true, "n:bigint|m", "5|Kim"), totals, "There is no summary", ""},
		{"CountOfTheWindow", "SELECT COUNT(*) OVER () AS n, MAX(c.name) AS m FROM shop.customers c GROUP BY c.city", sample(true, "n:bigint|m", "9|Kim"), totals, "There is no summary", ""},
		{"CountOfAnotherSide", "SELECT COUNT(*) AS n, MAX(c.name) AS m FROM shop.customers c UNION ALL SELECT 99, MAX(c.name) FROM shop.customers c WHERE c.id = 1", sample(true, "n:bigint|m", "99|Kim"), totals, "There is no summary", ""},
		{"KeyNotListed", groups, big, func(p *askwire.Profile) { p.LLMData = "aggregates" }, "its values may not reach a model", ""},
		{"OtherKeyListed", groups, big, func(p *askwire.Profile) { p.LLMData, p.LLMKeys = "aggregates", []string{"shop.customers.name"} }, "its values may not reach a model", ""},
		{"KeyOfTwoColumns", "SELECT CONCAT(c.city, c.name) AS k, COUNT(*) AS n FROM shop.customers c GROUP BY CONCAT(c.city, c.name)", sample(true, "k|n:bigint", "SeoulKim|9"), totals, "its values may not reach a model", ""},
		{"KeyOfAConstant", "SELECT 1 AS k, COUNT(*) AS n FROM shop.customers c GROUP BY k", sample(true, "k|n:bigint", "1|9"), totals, "", ""},
		{"Greatest", "SELECT c.city, COUNT(*) AS n, MAX(c.name) AS m FROM shop.customers c GROUP BY c.city", sample(true, "city|n:bigint|m", "Seoul|9|Kim"), totals, "is not shown to be", ""},
		{"List", "SELECT COUNT(*) AS n, GROUP_CONCAT(c.name) AS m FROM shop.customers c", sample(true, "n:bigint|m", "9|Kim"), totals, "is not shown to be", ""},
		{"TextOfFigures", "SELECT COUNT(*) AS n, CONCAT('Kim ', COUNT(*)) AS m FROM shop.customers c", sample(true, "n:bigint|m", "9|Kim 9"), totals, "more than numbers", ""},
		{"Masked", "SELECT c.city, COUNT(*) AS n FROM shop.customers c GROUP BY c.city", sample(true, "city|n:bigint", "S****|9"), func(p *askwire.Profile) {
			totals(p)
			p.Masks = map[string]string{"shop.customers.city": "partial(1, 0)"}
		}, "may not reach", ""},
		{"DeniedKey", groups, big, func(p *askwire.Profile) { p.LLMData, p.LLMDenyColumns = "aggregates", []string{"shop.customers.city"} }, "may not reach", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var profile askwire.Profile
			gate := shopGate(t, func(p *askwire.Profile) { c.profile(p); profile = *p })
			st, err := gate.Check(c.sql)
			if err != nil {
				t.Fatal(err)
			}
			m := &script{texts: []string{"Fine."}}
			q := asked(t, gate, "what about it")
			q.Profile = &profile
			text, err := newAsker(t, m).Summarize(context.Background(), q, nil, st, c.sample)
			if c.refused != "" {
				if askwire.CodeOf(err) != askwire.PolicyDenied || !strings.Contains(err.Error(), c.refused) || m.calls() != 0 {
					t.Errorf("%d calls, text %q, error %v", m.calls(), text, err)
				}
				return
			}
			if err != nil || m.calls() != 1 {
				t.Fatalf("%d calls, error %v", m.calls(), err)
			}
			if c.hidden != "" && strings.Contains(m.request(0).Text(), c.hidden) {
				t.Errorf("%q is in the prompt:\n%s", c.hidden, m.request(0).Text())
			}
		})
	}
}

func TestSummarizeWithoutAStatementIsRefused(t *testing.T) {
	gate := shopGate(t)
	_, err := newAsker(t, &script{}).Summarize(context.Background(), asked(t, gate, "x"), nil, guard.Statement{}, sales)
	if askwire.CodeOf(err) != askwire.Internal {
		t.Errorf("got %v", err)
	}
}

func TestSummarizeWithoutRowsAsksNobody(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name FROM shop.products p")
	if err != nil {
		t.Fatal(err)
	}
	m := &script{}
	for text, want := range map[string]string{"상품은?": "없습니다", "products": "No rows"} {
		got, err := newAsker(t, m).Summarize(context.Background(), asked(t, gate, text), nil, st, sample(true, "name"))
		if err != nil || !strings.Contains(got, want) || m.calls() != 0 {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestSummarizeByTemplateWhereDataMayNotLeave(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name, p.price AS sales FROM shop.products p")
	if err != nil {
		t.Fatal(err)
	}
	m := &script{}
	q := asked(t, gate, "매출 상위 상품")
	q.Profile.LLMData = "none"
	text, err := newAsker(t, m).Summarize(context.Background(), q, &askwire.Plan{Saved: &topProducts}, st, sales)
	if err != nil || text != "매출 1위는 사과이고 합계는 2,034,567.5원입니다." || m.calls() != 0 {
		t.Errorf("%q, %v, %d calls", text, err, m.calls())
	}
}

func TestNarrate(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name, p.price AS sales FROM shop.products p")
	if err != nil {
		t.Fatal(err)
	}
	m := &script{texts: []string{"Arr, 사과 it is. " + strings.Repeat("And so on it goes. ", 40)}}
	rec := &log{}
	q := asked(t, gate, "which product leads?")
	q.Profile.Persona, q.Profile.AnswerChars = "a pirate", 60
	text, err := newAsker(t, m, func(c *Config) { c.Record = rec }).Narrate(context.Background(), q, nil, st, sales)
	if err != nil || len([]rune(text)) > 60 || !strings.HasSuffix(text, ".") {
		t.Errorf("%q, %v", text, err)
	}
	if p := m.request(0).Text(); !strings.Contains(p, "a pirate") || !strings.Contains(p, "60 characters") || rec.calls[0].Stage != askwire.StageNarrate {
		t.Errorf("prompt: %s", p)
	}
}

func TestNumbersIn(t *testing.T) {
	for text, want := range map[string][]float64{
		"1,234.5원": {1234.5}, "1억 2,345만 원": {123450000}, "3천": {3000}, "1.2억": {1.2e8}, "2만5천": {25000}, "5 million": {5e6}, "12k": {12000},
		"10 and 20": {10, 20}, "2026-01-05": {2026, 1, 5}, "１２３": {123}, "3m": {3e6}, "3 more": {3}, "없음": nil, "1,2,3": {1, 2, 3}, "5만, 10개": {50000, 10},
	} {
		var got []float64
		for _, n := range numbersIn(text) {
			got = append(got, n.value)
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: got %v, want %v", text, got, want)
			}
		}
	}
}

func TestWord(t *testing.T) {
	plan := func(template string) *askwire.Plan {
		return &askwire.Plan{Saved: &askwire.SavedQuestion{Summary: map[string]string{"ko": template, "en": template}}, Args: map[string]askwire.Value{"n": {Kind: askwire.Int, Text: "3"}}}
	}
	days := sample(true, "day:date|orders:bigint", "2026-03-01|10", "2026-03-02|30", "2026-03-03|20")
	cases := []struct {
		name, language string
		plan           *askwire.Plan
		sample         askwire.Sample
		want           string
	}{
		{"Rows", "en", plan("{rows} rows"), days, "3 rows"},
		{"Cells", "en", plan("{1.day} {-1.orders} {2.#1} {orders}"), days, "2026-03-01 20 2026-03-02 10"},
		{"Sums", "en", plan("{sum.orders} {min.orders} {max.orders} {avg.orders}"), days, "60 10 30 20"},
		{"Where", "en", plan("{argmax.orders.day} {argmin.orders.day}"), days, "2026-03-02 2026-03-01"},
		{"Share", "en", plan("{share.2.orders}%"), days, "50%"},
		{"Argument", "en", plan("last {arg.n} days, {n}"), days, "last 3 days, 3"},
		{"Forms", "en", plan("{1.sales:0} {1.sales:.1} {1.sales}"), sales, "1234567 1,234,567.0 1,234,567"},
		{"KoreanParticles", "ko", plan("{1.name}이(가) {2.name}을(를)"), sales, "사과가 배를"},
		{"UnknownColumn", "en", plan("{1.nothing}"), days, "3 rows. The largest orders is 30 (2026-03-02), the smallest 10 (2026-03-01), the total 60."},
		{"NullCell", "en", plan("{3.sales}"), sales, "3 rows. The largest sales is 1,234,567 (사과), the smallest 800,000.5 (배), the total 2,034,567.5."},
		{"NoRows", "ko", plan("{1.name}"), sample(true, "name"), "조건에 맞는 데이터가 없습니다."},
		{"FirstRows", "ko", plan("{rows}행"), sample(false, "n:int", "1", "2"), "앞 2행 기준: 모두 2행입니다. n의 최댓값은 2, 최솟값은 1, 합계는 3입니다."},
		{"GeneralKorean", "ko", nil, days, "모두 3행입니다. orders의 최댓값은 30 (2026-03-02), 최솟값은 10 (2026-03-01), 합계는 60입니다."},
		{"GeneralOneValue", "ko", nil, sample(true, "주문 수:bigint", "1234"), "주문 수 1,234입니다."},
		{"GeneralOneRow", "en", nil, sample(true, "id:int|name", "1234|Kim"), "Id 1234, name Kim."},
		{"GeneralTexts", "en", nil, sample(true, "name", "Kim", "Lee"), "2 rows; the first is Kim."},
		{"GeneralAverageHasNoTotal", "en", nil, sample(true, "city|avg_amount:decimal", "Seoul|10.50", "Busan|8.00"), "2 rows. The largest avg_amount is 10.5 (Seoul), the smallest 8 (Busan)."},
		{"RaggedRows", "en", nil, askwire.Sample{Columns: []string{"a", "b"}, Rows: [][]*string{{}, {}}, Complete: true}, "2 rows; the first is NULL."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Word(c.language, c.plan, c.sample); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{
		"Short.": "Short.", "One two three. Four five six seven.": "One two three.", "nosentenceatallbutverylongindeed": "nosentenceatallbutv…",
		"It costs 12345.678901 and more": "It costs…",
	} {
		if got := shorten(in, 20); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

func TestSummarizeSingleFlight(t *testing.T) {
	gate := shopGate(t)
	st, err := gate.Check("SELECT p.name, p.price AS sales FROM shop.products p")
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	m := &script{do: func(context.Context, Request) (Response, error) {
		<-release
		return Response{Text: "사과가 가장 많습니다."}, nil
	}}
	a := newAsker(t, m)
	const panels = 20
	errs := make(chan error, panels)
	for range panels {
		go func() {
			_, err := a.Summarize(context.Background(), asked(t, gate, "상품별 매출은?"), nil, st, sales)
			errs <- err
		}()
	}
	waitFor(t, func() bool { return a.wording.waiting() == panels })
	close(release)
	for range panels {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if m.calls() != 1 {
		t.Errorf("%d model calls", m.calls())
	}
}
