package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestMarkersInsideOfQuestionsAsTables: a ? inside of the words is a parameter of the question's SQL, wherever the question stands.
func TestMarkersInsideOfQuestionsAsTables(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e, func(p *askwire.Profile, _ *askwire.User) {
			p.Rows = map[string]string{p.Tables[1]: "customer_id < 3"}
		})
		h.ask("orders of customer :pa above :pb", "SELECT id, customer_id, total FROM orders WHERE customer_id = :pa AND total > :pb")
		h.ask("customers like :pa", "SELECT id, name FROM customers WHERE name LIKE :pa")
		h.ask("orders noted :pa above :pb", "SELECT id, note, total FROM orders WHERE note = :pa AND total > :pb")
		db := h.client()
		for _, tt := range []struct {
			q    string
			args []any
			want string
		}{
			{"SELECT id, total FROM ASK('orders of customer ? above ?') AS t ORDER BY id", []any{1, 5}, "id|total\n1|10.50\n2|20.25"},
			{"SELECT id, ? AS given FROM ASK('orders of customer ? above ?') AS t WHERE total < ? ORDER BY id", []any{"x", 1, 5, 20}, "id|given\n1|x"},
			{"SELECT id FROM ask.`orders of customer ? above ?` AS t WHERE total < ?", []any{1, 5, 20}, "id\n1"},
			{"SELECT t.id, u.name FROM ASK('customers like ?') AS u JOIN ASK('orders of customer ? above ?', 'timeout', ?) AS t ON t.customer_id = u.id WHERE u.id = ? ORDER BY t.id",
				[]any{"김민수", 1, 5, "20", 1}, "id|name\n1|김민수\n2|김민수"},
			{"WITH o AS (ASK 'orders of customer ? above ?') SELECT COUNT(*) AS n FROM o WHERE total > ?", []any{1, 0, 11}, "n\n1"},
			{"SELECT name FROM customers WHERE id = ? AND name IN (SELECT name FROM (ASK 'customers like ?') AS q)", []any{1, "%"}, "name\n김민수"},
			{"SELECT COUNT(*) AS n FROM ASK('orders of customer ? above ?') AS t", []any{3, 0}, "n\n0"}, // the row policy's
			{"SELECT COUNT(*) AS n FROM ASK('orders of customer ? above ?') AS t", []any{nil, 0}, "n\n0"},
			// The gate puts conditions on texts elsewhere, in another order, when it knows that the value is one.
			{"SELECT id, ? AS given FROM ASK('orders noted ? above ?') AS t WHERE note LIKE ? ORDER BY id", []any{"x", "c", 4, "c%"}, "id|given\n3|x"},
			{"SELECT COUNT(*) AS n FROM ASK('orders noted ? above ?') AS t WHERE note = ?", []any{"d", 0, "d"}, "n\n0"},
			{"SELECT id, summary FROM ASK('orders of customer ? above ?') AS t ORDER BY id LIMIT 1", []any{1, 5}, "id|summary\n1|2 rows, complete true"},
		} {
			if got, err := tryTable(t, db, tt.q, tt.args...); err != nil || got != tt.want {
				t.Errorf("%s %v: got %s, %v\nwant %s", tt.q, tt.args, got, err, tt.want)
			}
		}
		for q, want := range map[string]int{
			"SELECT * FROM ASK('orders of customer ? above ?') AS t": 1064,
			"SELECT * FROM ask.`customers like ?`":                   1064,
			"EXPLAIN SELECT * FROM ASK('customers like ?') AS t":     1064,
			"SELECT ASK('customers like ?')":                         1235,
		} {
			if got := number(t, db, q); got != want {
				t.Errorf("%s: error %d, want %d", q, got, want)
			}
		}
		h.asker.mu.Lock()
		for _, q := range h.asker.questions {
			if strings.Contains(fmt.Sprint(q.Text, q.Call), "김") {
				t.Errorf("a value is in a question: %+v", q)
			}
		}
		h.asker.mu.Unlock()
		h.rec.mu.Lock()
		defer h.rec.mu.Unlock()
		for _, r := range append(h.rec.begun, h.rec.done...) {
			if all := fmt.Sprintf("%+v", r); strings.Contains(all, "김민수") {
				t.Errorf("recorded: %s", all)
			}
		}
	})
}

// TestPreparedWrappedMarkersAreAnnounced: PREPARE counts the markers inside of the words, and names the columns.
func TestPreparedWrappedMarkersAreAnnounced(t *testing.T) {
	h := open(t)
	h.ask("orders of customer :pa above :pb", "SELECT id, total FROM orders WHERE customer_id = :pa AND total > :pb")
	h.ask("never :pa", "SELECT ssn FROM customers WHERE id = :pa")
	raw := h.raw()
	_, n, columns := raw.definitions(t, "SELECT * FROM ASK('orders of customer ? above ?') AS t WHERE id > ?")
	if n != 3 || len(columns) != 2 || columns[1].Name != "total" || columns[1].TypeName() != "decimal" {
		t.Errorf("%d markers, %+v", n, columns)
	}
	db := h.client()
	if _, err := db.PrepareContext(t.Context(), "SELECT * FROM ASK('never ?') AS t"); errNumber(err) != 1143 {
		t.Errorf("a denied column: %v", err)
	}
	if _, err := db.PrepareContext(t.Context(), "SELECT * FROM ASK('"+strings.Repeat("? ", 101)+"') AS t"); errNumber(err) != 50305 {
		t.Errorf("too many markers: %v", err)
	}
}
