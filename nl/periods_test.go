package nl

import (
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
)

// Saved on Thursday, 5 March 2026; asked again on 20 July 2026 and on 1 January 2027.
func TestWithPeriods(t *testing.T) {
	zone := seoul(t)
	at := time.Date(2026, 3, 5, 9, 30, 0, 0, zone)
	for _, c := range []struct{ name, question, sql, want, july, january string }{ // want "" = refused
		{"HalfOpen", "지난달 주문 수", "SELECT COUNT(*) FROM orders WHERE ordered_on >= '2026-02-01' AND ordered_on < '2026-03-01'",
			"SELECT COUNT(*) FROM orders WHERE ordered_on >= :period1_from AND ordered_on < :period1_to", "'2026-06-01' '2026-07-01'", "'2026-12-01' '2027-01-01'"},
		{"Between", "orders of last month", "SELECT 1 FROM orders WHERE ordered_on BETWEEN '2026-02-01' AND '2026-02-28'",
			"SELECT 1 FROM orders WHERE ordered_on BETWEEN :period1_from AND :period1_last", "'2026-06-01' '2026-06-30'", "'2026-12-01' '2026-12-31'"},
		{"Timestamps", "orders of last month", `SELECT 1 FROM orders WHERE ordered_on BETWEEN '2026-02-01 00:00:00' AND "2026-02-28 23:59:59"`,
			"SELECT 1 FROM orders WHERE ordered_on BETWEEN :period1_from AND :period1_end", "'2026-06-01' '2026-06-30 23:59:59'", "'2026-12-01' '2026-12-31 23:59:59'"},
		{"TwoThatMoveTogether", "이번달과 지난달 주문 수", "SELECT SUM(ordered_on >= '2026-03-01' AND ordered_on < '2026-04-01'), SUM(ordered_on >= '2026-02-01' AND ordered_on < '2026-03-01') FROM orders",
			"SELECT SUM(ordered_on >= :period1_from AND ordered_on < :period1_to), SUM(ordered_on >= :period2_from AND ordered_on < :period1_from) FROM orders",
			"'2026-07-01' '2026-08-01' '2026-06-01' '2026-07-01'", "'2027-01-01' '2027-02-01' '2026-12-01' '2027-01-01'"},
		{"Clock", "최근 30일 주문 수", "SELECT COUNT(*) FROM orders WHERE ordered_on > CURDATE() - INTERVAL 30 DAY",
			"SELECT COUNT(*) FROM orders WHERE ordered_on > CURDATE() - INTERVAL 30 DAY", "", ""},
		{"NoDates", "orders by status", "SELECT status, COUNT(*) FROM orders GROUP BY status", "SELECT status, COUNT(*) FROM orders GROUP BY status", "", ""},
		{"YearThatIsNamed", "orders of March 2026", "SELECT 1 FROM orders WHERE ordered_on >= '2026-03-01' AND ordered_on < '2026-04-01'",
			"SELECT 1 FROM orders WHERE ordered_on >= '2026-03-01' AND ordered_on < '2026-04-01'", "", ""},

		{"YearNobodyNamed", "orders since the relaunch", "SELECT 1 FROM orders WHERE ordered_on >= '2025-09-01'", "", "", ""},
		{"Parts", "orders of last month", "SELECT 1 FROM orders WHERE YEAR(ordered_on) = 2026 AND MONTH(ordered_on) = 2", "", "", ""},
		{"MonthAlone", "orders of last month", "SELECT 1 FROM orders WHERE MONTH(ordered_on) = 2", "", "", ""},
		{"OtherDate", "orders of last month", "SELECT 1 FROM orders WHERE ordered_on >= '2026-02-01' AND ordered_on < '2026-02-27'", "", "", ""},
		{"CompactDate", "orders of last month", "SELECT 1 FROM orders WHERE ordered_on >= 20260201 AND ordered_on < 20260301", "", "", ""},
		{"OneOfTwo", "이번달과 지난달 주문 수", "SELECT 1 FROM orders WHERE ordered_on >= '2026-03-01' AND ordered_on < '2026-04-01'", "", "", ""},
		{"MeetByChance", "last 5 days and this month", "SELECT SUM(ordered_on >= '2026-03-01'), SUM(ordered_on < '2026-03-06'), SUM(ordered_on < '2026-04-01') FROM orders", "", "", ""},
		{"Placeholder", "orders", "SELECT :x FROM orders", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := withPeriods(c.question, c.sql, nil, at, zone)
			if c.want == "" {
				if askwire.CodeOf(err) != askwire.StaleQuestion {
					t.Errorf("%q, %v; want it refused", got, err)
				}
				return
			}
			if err != nil || got != c.want {
				t.Fatalf("%q, %v", got, err)
			}
			for when, want := range map[time.Time]string{time.Date(2026, 7, 20, 1, 0, 0, 0, zone): c.july, time.Date(2027, 1, 1, 0, 0, 0, 0, zone): c.january} {
				args, ok := periodArguments(c.question, got, when, zone)
				if !ok {
					t.Fatal("its periods are not found again")
				}
				sql, err := substitute(got, args)
				if err != nil {
					t.Fatal(err)
				}
				var dates []string
				for _, tok := range scanSQL(sql) {
					if tok.kind == tokString && want != "" {
						dates = append(dates, sql[tok.start:tok.end])
					}
				}
				if strings.Join(dates, " ") != want {
					t.Errorf("on %s: %s", when.Format(time.DateOnly), sql)
				}
			}
		})
	}
}
