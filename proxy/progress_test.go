package proxy

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// answers reads an answer to its end and lists the packets' kinds; progress packets with stage and text.
func (r *rawClient) answers(t testing.TB) []string {
	t.Helper()
	var kinds []string
	for ends := 0; ends < 2; {
		switch p := r.read(t); {
		case bytes.HasPrefix(p, []byte("\xff\xff\xff\x01")):
			kinds = append(kinds, fmt.Sprintf("%d/%d %s", p[4], p[5], p[10:10+p[9]]))
		case p[0] == 0xff:
			return append(kinds, "ERR")
		case p[0] == 0xfe:
			ends++
			kinds = append(kinds, "EOF")
		default:
			kinds = append(kinds, "packet")
		}
	}
	return slices.Compact(kinds)
}

func TestProgress(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		h := openOn(t, enginetest.Get(t, kind))
		h.ask("slow", "SELECT id FROM orders ORDER BY id")
		for _, flags := range []uint32{0, wire.MARIADB_CLIENT_PROGRESS, ^uint32(0)} {
			c, greeting, _ := h.logIn(0, flags)
			version, rest, _ := bytes.Cut(greeting[1:], []byte{0})
			maria := kind == engine.MariaDB
			if got := bytes.HasPrefix(version, []byte("5.5.5-10.")); got != maria {
				t.Errorf("%s announces %s", kind, version)
			}
			// 4 bytes id, 9 challenge, 2 flags, 1 collation, 2 status, 2 flags, 1 length, 6 filler
			if extended := rest[27]; (extended == wire.MARIADB_CLIENT_PROGRESS|wire.MARIADB_CLIENT_EXTENDED_METADATA) != maria || (rest[13]&byte(wire.CLIENT_LONG_PASSWORD) == 0) != maria {
				t.Errorf("%s offers the extended flags %#x, and %#x", kind, extended, rest[13])
			}
			worded := make(chan struct{})
			hold := make(chan struct{})
			h.asker.set(func(a *asker) {
				a.hold, a.planning = hold, make(chan struct{}, 1)
				a.summarize = func(ctx context.Context, _ askwire.Sample) (string, error) {
					select {
					case <-worded:
					case <-ctx.Done():
					}
					return "worded", nil
				}
			})
			c.command(t, wire.COM_QUERY, []byte("ASK 'slow'"))
			var first []byte
			want := "packet EOF packet EOF"
			<-h.asker.planning
			if maria && flags != 0 {
				// It comes while the model is asked, not with the answer.
				first = slices.Clone(c.read(t))
				if string(first) != "\xff\xff\xff\x01\x02\x05\x00\x00\x00\x10asking the model" {
					t.Errorf("%s, flags %#x: %q", kind, flags, first)
				}
				want = "4/5 running the query packet EOF 5/5 summarising packet EOF"
			}
			close(hold)
			until(t, "the summary", func() bool { return len(h.asker.summarised()) > 0 })
			if first == nil {
				close(worded)
			} else {
				until(t, "the wait for the summary", func() bool {
					var sess *session
					h.srv.reg.each(func(s *session) { sess = s })
					sess.report.mu.Lock()
					defer sess.report.mu.Unlock()
					return sess.report.waiting
				})
				close(worded)
			}
			if got := strings.Join(c.answers(t), " "); got != want {
				t.Errorf("%s, flags %#x: %s, want %s", kind, flags, got, want)
			}
			h.asker.set(func(a *asker) { a.hold, a.samples = nil, nil })
			c.query(t, "SELECT id FROM orders")
			c.command(t, wire.COM_QUIT, nil)
			until(t, "the session to end", func() bool { return h.srv.Stats().Sessions.Load() == 0 })
		}
	}
}

// The stage of a question appears in the mariadb CLI, which shows it on a terminal only: script makes one.
func TestProgressInTheMariaDBClient(t *testing.T) {
	h := open(t)
	h.ask("slow", "SELECT id FROM orders ORDER BY id")
	h.logIn(0, 0) // gives ana a password that the client can use without TLS
	hold := make(chan struct{})
	h.asker.set(func(a *asker) { a.hold, a.planning = hold, make(chan struct{}, 1) })
	host, port, err := net.SplitHostPort(h.addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "script", "-qec", "mariadb --no-defaults --skip-ssl -t -uana -psecret -h"+host+" -P"+port+" "+h.db, "/dev/null")
	cmd.Stdin = strings.NewReader("ASK 'slow';\nexit\n")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-h.asker.planning
	close(hold)
	err = cmd.Wait()
	for _, want := range []string{"Stage: 2 of 5 'asking the model'", "Stage: 4 of 5 'running the query'", "| summary", "4 rows in set"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the client does not show %q: %v\n%s", want, err, out.String())
		}
	}
}
