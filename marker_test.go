package askwire

import "testing"

func TestParamName(t *testing.T) {
	seen := map[string]bool{}
	for i := 1; i <= MaxParams; i++ {
		seen[ParamName(i)] = true
	}
	if len(seen) != MaxParams || ParamName(1) != ":pa" || ParamName(26) != ":pz" || ParamName(27) != ":paa" || ParamName(53) != ":pba" {
		t.Errorf("%d names: %s %s %s %s", len(seen), ParamName(1), ParamName(26), ParamName(27), ParamName(53))
	}
}

func TestNameParams(t *testing.T) {
	for question, want := range map[string]struct {
		named string
		n     int
	}{
		"orders of customer ? since ?":         {"orders of customer :pa since :pb", 2},
		"고객 ?의 주문 중 ? 이후":                      {"고객 :pa의 주문 중 :pb 이후", 2},
		"? orders":                             {":pa orders", 1},
		"orders between (?, ?)":                {"orders between (:pa, :pb)", 2},
		"orders with total>?":                  {"orders with total>:pa", 1},
		"customers named '?'":                  {"customers named ':pa'", 1},
		"orders of customer ?, newest first?":  {"orders of customer :pa, newest first?", 1},
		"how many orders?":                     {"how many orders?", 0},
		"how many orders ??":                   {"how many orders ??", 0},
		"how many orders ?!":                   {"how many orders ?!", 0},
		"주문은 몇 건?":                             {"주문은 몇 건?", 0},
		"really? yes (all of them?) \"why?\"":  {"really? yes (all of them?) \"why?\"", 0},
		"":                                     {"", 0},
		"a broken \xff text of ?":              {"a broken \uFFFD text of :pa", 1},
		"orders in 50%? and of status 'paid'?": {"orders in 50%? and of status 'paid'?", 0},
	} {
		if named, n := NameParams(question); named != want.named || n != want.n {
			t.Errorf("%q: %q, %d", question, named, n)
		}
	}
}
