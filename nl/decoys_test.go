package nl

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

func withDecoys(p *askwire.Profile) { p.Decoys = true }

// trapped is a question of a profile with decoys, and the names that its prompt holds.
func trapped(t *testing.T) (*askwire.Question, *decoys) {
	t.Helper()
	q := asked(t, shopGate(t), "who are the customers")
	q.Profile = &askwire.Profile{Name: "customer", LLMData: "rows"}
	withDecoys(q.Profile)
	return q, decoysFor(q, q.Snapshot.Tables[0])
}

func TestDecoysAreInThePromptAlone(t *testing.T) {
	q, d := trapped(t)
	gate := shopGate(t)
	m, l := &script{texts: []string{sqlAnswer("SELECT c.name FROM shop.customers c")}}, &log{}
	a := newAsker(t, m, func(c *Config) { c.Record = l })
	plan, _, err := a.Plan(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	prompt := m.request(0).Messages[1].Text
	for _, name := range d.names {
		if strings.Count(prompt, name) != 1 {
			t.Errorf("%s is not in the prompt:\n%s", name, prompt)
		}
	}
	// The column stands in the first table, the table is in the first one's database.
	first := q.Snapshot.Tables[0]
	between, _, _ := strings.Cut(prompt, d.column)
	if !strings.Contains(prompt, d.column) || strings.Contains(between, "\nshop.orders") || !strings.Contains(between, "\n"+first.ID()) || !strings.Contains(prompt, "\n"+first.DB+"."+d.names[0]) {
		t.Errorf("the decoys stand elsewhere:\n%s", prompt)
	}
	shown, err := a.Prompt(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	q.Profile.Decoys = false
	without, err := a.Prompt(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	if shown != without {
		t.Errorf("ASK PROMPT shows decoys, or more is gone than they:\n%s", shown)
	}
	if len(l.calls) != 1 || l.calls[0].Prompt != without || d.in(l.calls[0].Response) {
		t.Errorf("llm_log has %+v", l.calls)
	}
	if plan.Draft != "SELECT c.name FROM shop.customers c" || plan.Trust != askwire.Generated && plan.Trust != askwire.Assisted {
		t.Errorf("plan %+v", plan)
	}
	ranked, err := a.Tables(context.Background(), q, gate)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ranked {
		if d.in(r.Table.ID() + r.Reason) {
			t.Errorf("ASK TABLES lists %s", r.Table.ID())
		}
	}
}

func TestDecoyUsed(t *testing.T) {
	_, d := trapped(t)
	table, column := "shop."+d.names[0], d.names[1]
	for name, text := range map[string]string{
		"Table":         sqlAnswer("SELECT account, secret FROM " + table),
		"TableAnyCase":  sqlAnswer("SELECT * FROM `SHOP`.`" + strings.ToUpper(d.names[0]) + "`"),
		"Column":        sqlAnswer("SELECT name, " + column + " FROM shop.customers"),
		"InSubSelect":   sqlAnswer("SELECT name FROM shop.customers WHERE id IN (SELECT id FROM " + table + ")"),
		"InComment":     sqlAnswer("SELECT name /* " + table + " */ FROM shop.customers"),
		"SQLAlone":      "```sql\nSELECT secret FROM " + table + "\n```",
		"TwoStatements": "SELECT 1; SELECT secret FROM " + table + "; SELECT 2",
		"NotSQL":        "I would have to read " + table + " for that.",
	} {
		t.Run(name, func(t *testing.T) {
			q, d := trapped(t)
			m, l := &script{texts: []string{text, text, text}}, &log{}
			a := newAsker(t, m, func(c *Config) { c.Record = l })
			plan, st, err := a.Plan(context.Background(), q, shopGate(t))
			if askwire.CodeOf(err) != askwire.DecoyUsed || plan != nil && plan.Draft != "" || st.Valid() {
				t.Fatalf("%v, plan %+v", err, plan)
			}
			if m.calls() != 1 {
				t.Errorf("%d calls: a decoy is not for repair", m.calls())
			}
			var own *askwire.Error
			if !errors.As(err, &own) || d.in(own.Error()) || own.Err == nil || d.in(own.Err.Error()) {
				t.Errorf("error %q, cause %v", own.Error(), own.Err)
			}
			for _, c := range l.calls {
				if d.in(c.Prompt) || d.in(c.Response) || d.in(c.Error) || !strings.Contains(c.Response, hiddenDecoy) {
					t.Errorf("llm_log has %s", c.Response)
				}
			}
		})
	}
}

// A model that speaks of a decoy without using it sets off no alarm, and people do not see the name.
func TestDecoyMentioned(t *testing.T) {
	q, d := trapped(t)
	says := "I did not read shop." + d.names[0] + ", which is internal"
	answer := `{"sql": "SELECT c.name FROM shop.customers c", "explanation": "` + says + `", "tables": [], "assumptions": ["` + says + `"], "cannot_answer": ""}`
	plan, _, err := newAsker(t, &script{texts: []string{answer}}).Plan(context.Background(), q, shopGate(t))
	if err != nil {
		t.Fatal(err)
	}
	if d.in(plan.Explanation) || d.in(strings.Join(plan.Assumptions, " ")) || !strings.Contains(plan.Explanation, hiddenDecoy) {
		t.Errorf("plan %+v", plan)
	}
	q, _ = trapped(t)
	q.Text = "what are the passwords"
	answer = `{"sql": "", "explanation": "", "tables": [], "assumptions": [], "cannot_answer": "` + says + `"}`
	_, _, err = newAsker(t, &script{texts: []string{answer}}).Plan(context.Background(), q, shopGate(t))
	if askwire.CodeOf(err) != askwire.NotAnswerable || d.in(err.Error()) || !strings.Contains(err.Error(), hiddenDecoy) {
		t.Errorf("%v", err)
	}
}

func TestHideDecoys(t *testing.T) {
	d := &decoys{names: []string{"secret_1"}, table: "t.secret_1\n  id\n", column: "  c\n"}
	for in, want := range map[string]string{
		"":                                "",
		"nothing":                         "nothing",
		"a t.secret_1\n  id\n b":          "a  b",
		"SECRET_1 and Secret_1":           hiddenDecoy + " and " + hiddenDecoy,
		"\u0130\u0130 secret_1":           hiddenDecoy, // letters that grow when they become small
		"secret_1secret_1":                hiddenDecoy + hiddenDecoy,
		"한국어 secret_1 한국어":                "한국어 " + hiddenDecoy + " 한국어",
		"t.secret_1\n  id\n and secret_1": " and " + hiddenDecoy,
	} {
		if got := d.hide(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if (*decoys)(nil).hide("secret_1") != "secret_1" {
		t.Error("without decoys something is hidden")
	}
}
