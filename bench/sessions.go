package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/askwire/askwire/internal/engine"
)

// logins compares a login with caching_sha2_password, in its fast form, with the same at a MySQL server: MariaDB does not
// have it. askwire stands before MariaDB all the same, for a login does not ask the backend.
func logins(ctx context.Context, s settings, w *world, rep *report) error {
	db, err := engine.Start(ctx, engine.Options{Kind: engine.MySQL})
	if err != nil {
		return err
	}
	defer db.Stop()
	if err := execute(ctx, db.DSN, "CREATE USER bench@'%' IDENTIFIED WITH caching_sha2_password BY '"+benchPassword+"'"); err != nil {
		return err
	}
	peers := []target{{name: "direct", addr: db.Addr, user: "bench", password: benchPassword}, w.gated}
	const n = 8
	res := newResult("Login", fmt.Sprintf("caching_sha2_password, %d at a time; direct: MySQL %s", n, db.Version))
	for range s.rounds {
		for _, t := range peers {
			l, err := drive(ctx, t, n, s.slice, func(_ *conn, _ *rand.Rand) (func() error, error) {
				return func() error {
					c, err := dial(t)
					if err == nil {
						c.close()
					}
					return err
				}, nil
			})
			if err != nil {
				return err
			}
			res.add(t.name, l)
			rep.load("Login/peer="+t.name, l)
		}
	}
	rep.rates(res, peers[0].name, nil)
	return nil
}

// idleSessions measures what an authenticated session that does nothing costs in memory and goroutines, in an askwire of its
// own: one that has worked before has free memory in which sessions cost nothing.
func idleSessions(ctx context.Context, s settings, w *world, rep *report) error {
	if err := idle(ctx, w, rep, "IdleSession", s.idle, false); err != nil {
		return err
	}
	return idle(ctx, w, rep, "IdleSessionTLS", max(s.idle/5, 1), true)
}

func idle(ctx context.Context, w *world, rep *report, name string, sessions int, tls bool) error {
	t, url, pid, err := w.askwire(ctx, proxyOptions{audit: "best_effort", plain: "off"})
	if err != nil {
		return err
	}
	t.tls = tls
	var mu sync.Mutex
	conns := make([]*conn, 0, sessions)
	defer func() {
		for _, c := range conns {
			c.close()
		}
	}()
	open := func(n int) error {
		left := make(chan int, n)
		for i := range n {
			left <- i
		}
		close(left)
		var wg sync.WaitGroup
		var failed error
		for range 4 {
			wg.Go(func() {
				for range left {
					c, err := dial(t)
					if err == nil {
						_, err = c.query(pointSQL + "1")
						c.r, c.buf = nil, nil // ten thousand of them are this process's own memory
					}
					mu.Lock()
					if c != nil {
						conns = append(conns, c)
					}
					failed = errors.Join(failed, err)
					mu.Unlock()
					if err != nil || ctx.Err() != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		return errors.Join(failed, ctx.Err())
	}
	if err := open(50); err != nil { // with the parts that are made once
		return err
	}
	before, err := footprintOf(url, pid)
	if err != nil {
		return err
	}
	if err := open(sessions); err != nil {
		return err
	}
	after, err := footprintOf(url, pid)
	if err != nil {
		return err
	}
	n := float64(sessions)
	rss, held, goroutines := (after.rss-before.rss)/n, (after.held-before.held)/n, (after.goroutines-before.goroutines)/n
	fmt.Printf("\n%s (%d sessions, each after one statement): %.1f KB each of heap and stacks, %.1f KB of resident memory, which holds garbage too; %.2f goroutines each\n",
		name, sessions, held/1024, rss/1024, goroutines)
	rep.line(name, sessions, 0, fmt.Sprintf("%.0f B/session %.0f rss-B/session %.3f goroutines/session", held, rss, goroutines))
	return nil
}

// strangers open connections, send the 4 bytes of a header that announces a packet of 16 MB, and wait.
func strangers(ctx context.Context, _ settings, w *world, rep *report) error {
	_, url, pid, err := w.askwire(ctx, proxyOptions{audit: "best_effort", plain: "off"})
	if err != nil {
		return err
	}
	addr := w.lastAddr
	const n = 64
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	stay := func(n int) error {
		for range n {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			conns = append(conns, c)
			if _, err := c.Read(make([]byte, 128)); err != nil { // the greeting
				return err
			}
			if _, err := c.Write([]byte{0xff, 0xff, 0xff, 1}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := stay(4); err != nil { // with the parts that are made once
		return err
	}
	before, err := footprintOf(url, pid)
	if err != nil {
		return err
	}
	if err := stay(n); err != nil {
		return err
	}
	after, err := footprintOf(url, pid)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d strangers who send 4 bytes and wait: %.0f KB of heap and stacks together, %.0f KB of resident memory\n", n,
		(after.held-before.held)/1024, (after.rss-before.rss)/1024)
	rep.line("Strangers", n, 0, fmt.Sprintf("%.0f B/together %.0f rss-B/together", after.held-before.held, after.rss-before.rss))
	return nil
}

// footprint is what a process holds: resident memory, in which garbage and free pages are, and what is in use of heap and
// stacks after a collection.
type footprint struct{ rss, held, goroutines float64 }

func footprintOf(url string, pid int) (footprint, error) {
	resp, err := http.Get(strings.Replace(url, "/metrics", "/debug/pprof/heap?gc=1", 1))
	if err != nil {
		return footprint{}, err
	}
	resp.Body.Close()
	m, err := metrics(url)
	if err != nil {
		return footprint{}, err
	}
	rss, err := residentMemory(pid)
	return footprint{float64(rss), m["go_memstats_heap_inuse_bytes"] + m["go_memstats_stack_inuse_bytes"], m["go_goroutines"]}, err
}
