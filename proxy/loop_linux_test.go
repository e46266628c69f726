package proxy

import (
	"testing"

	"github.com/askwire/askwire/proxy/wire"
)

// What does not have to wait for anything but the backend stays in the poller's loop: SQL, prepared statements, and questions whose
// plan is known, with a summary that was made before too.
func TestStaysInTheLoop(t *testing.T) {
	h := open(t)
	h.srv.Set(Settings{}) // best effort: a record is not waited for
	h.ask("orders of all", "SELECT id, note FROM orders ORDER BY id")
	h.asker.set(func(a *asker) { a.warm, a.said = true, map[[32]byte]string{} })
	c := h.conn()
	var id uint32
	if err := c.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	var task *wire.Task
	if task = h.srv.reg.get(id).task; task == nil {
		t.Fatal("the session runs on a goroutine")
	}
	prepared, err := c.PrepareContext(t.Context(), "SELECT note FROM orders WHERE id = ?")
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	for _, tt := range []struct {
		name string
		run  func() string
	}{
		{"SQL", func() string { return table(t, c, "SELECT COUNT(*) FROM orders") }},
		{"Prepared", func() string {
			var note string
			if err := prepared.QueryRowContext(t.Context(), 1).Scan(&note); err != nil {
				t.Error(err)
			}
			return note
		}},
		{"Question", func() string { return table(t, c, "ASK 'orders of all' USING summary = 'off'") }},
		{"QuestionWithSummary", func() string { return table(t, c, "ASK 'orders of all'") }},
		{"QuestionAsTable", func() string { return table(t, c, "SELECT COUNT(*) FROM ASK('orders of all') AS q") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := tt.run() // what it needs is made now: a connection, a plan, a summary
			before := task.Left()
			for range 3 {
				if again := tt.run(); again != first {
					t.Errorf("%q, then %q", first, again)
				}
			}
			if n := task.Left() - before; n != 0 {
				t.Errorf("left the loop %d times", n)
			}
		})
	}
	before := task.Left()
	h.srv.Set(Settings{AuditRequired: true})
	table(t, c, "ASK 'orders of all'")
	if task.Left() == before {
		t.Error("a question whose record must be kept first stays in the loop: the count says nothing")
	}
}
