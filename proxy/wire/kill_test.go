package wire

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// A statement in a transaction is ended by KILL QUERY, and its connection goes on where it is certain that no KILL hits it later.
func TestStopInTransaction(t *testing.T) {
	why := askwire.Errorf(askwire.Interrupted, "Stopped.")
	const inTrans = SERVER_STATUS_IN_TRANS
	for _, tt := range []struct {
		name    string
		kill    func(c *Conn) error // the answer to KILL QUERY
		slow    func(c *Conn) error // to the statement, when KILL QUERY has been answered; nil = none
		markers []func(c *Conn) error
		stopped bool // Relay says why
		usable  bool
	}{
		{"Ends", func(c *Conn) error { return c.WriteOK(OK{}) }, func(c *Conn) error { return c.WriteERR(1317, "70100", "killed") },
			[]func(c *Conn) error{func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) }}, true, true},
		{"TooLate", func(c *Conn) error { return c.WriteOK(OK{}) }, func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) },
			[]func(c *Conn) error{func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) }}, false, true},
		{"TheMarkHitsTheNext", func(c *Conn) error { return c.WriteOK(OK{}) }, func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) },
			[]func(c *Conn) error{
				func(c *Conn) error { return c.WriteERR(1317, "70100", "killed") },
				func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) },
			}, false, true},
		{"TheTransactionIsGone", func(c *Conn) error { return c.WriteOK(OK{}) }, func(c *Conn) error { return c.WriteERR(1213, "40001", "deadlock") },
			[]func(c *Conn) error{func(c *Conn) error { return c.WriteOK(OK{}) }}, true, false},
		{"TheConnectionIsGone", func(c *Conn) error { return c.WriteOK(OK{}) }, func(c *Conn) error { return c.WriteOK(OK{Status: inTrans}) },
			[]func(c *Conn) error{func(*Conn) error { return errHangUp }}, false, false},
		{"NoSuchThread", func(c *Conn) error { return c.WriteERR(1094, "HY000", "Unknown thread id: 1") }, nil, nil, true, false},
		{"NoKill", func(*Conn) error { return errHangUp }, nil, nil, true, false},
		{"NoAnswer", func(c *Conn) error { return c.WriteOK(OK{}) }, nil, nil, true, false},
	} {
		for _, road := range []string{"Relay", "Exec"} {
			t.Run(tt.name+road, func(t *testing.T) {
				killed, over := make(chan struct{}, 100), make(chan struct{})
				markers := 0
				s := newScripted(t, func(c *Conn, _ Command, q string) error {
					switch q {
					case "slow":
						<-killed
						if tt.slow == nil {
							<-over
							return errHangUp
						}
						return tt.slow(c)
					case "KILL QUERY 1":
						err := errors.Join(tt.kill(c), c.Flush())
						killed <- struct{}{}
						return err
					case "SELECT 1":
						markers++ // of one connection
						return tt.markers[markers-1](c)
					}
					return c.WriteOK(OK{Status: inTrans})
				})
				defer close(over)
				stopTime := time.Minute
				if tt.name == "NoAnswer" {
					stopTime = 50 * time.Millisecond
				}
				p := newPool(t, PoolConfig{Backend: s.config(), StopTime: stopTime})
				b := get(t, p)
				if _, err := b.Exec(t.Context(), guard.ControlBegin()); err != nil {
					t.Fatal(err)
				}
				stop := NewStopper(t.Context())
				go func() {
					s.wait(t, "1 COM_QUERY slow")
					stop.Stop(why)
					stop.Stop(errors.New("once more"))
				}()
				var err error
				if road == "Relay" {
					proxy, _ := pair(t, 0)
					if err := b.Query(admitted("slow")); err != nil {
						t.Fatal(err)
					}
					_, err = b.Relay(stop, proxy, RelayOptions{})
				} else {
					_, err = b.Exec(stop, admitted("slow"))
				}
				var server *ServerError
				if stopped := errors.Is(err, why) || errors.As(err, &server); stopped != tt.stopped || err != nil && !stopped {
					t.Errorf("the statement: %v", err)
				}
				if b.Usable() != tt.usable {
					t.Errorf("usable: %v", b.Usable())
				}
				if tt.usable {
					if markers != len(tt.markers) {
						t.Errorf("%d statements of no use", markers)
					}
					if _, err := b.Exec(t.Context(), guard.ControlCommit()); err != nil {
						t.Error(err)
					}
				}
				p.Put(b)
				if st := p.Stats(); st.Idle != 0 { // this server says that there is a transaction still
					t.Errorf("%+v", st)
				}
			})
		}
	}
}

// A client that hangs up behind a Stop does not wait for the statement's end, and one without a transaction never does.
func TestCancelBehindStop(t *testing.T) {
	hang := make(chan struct{})
	s := newScripted(t, func(c *Conn, _ Command, q string) error {
		switch q {
		case "slow", "KILL QUERY 1":
			<-hang
			return errHangUp
		case "BEGIN", "START TRANSACTION":
			return c.WriteOK(OK{Status: SERVER_STATUS_IN_TRANS})
		}
		return c.WriteOK(OK{})
	})
	defer close(hang)
	p := newPool(t, PoolConfig{Backend: s.config(), StopTime: time.Hour})
	b := get(t, p)
	if _, err := b.Exec(t.Context(), guard.ControlBegin()); err != nil {
		t.Fatal(err)
	}
	stop, why := NewStopper(context.Background()), errors.New("the client is gone")
	go func() {
		s.wait(t, "1 COM_QUERY slow")
		stop.Stop(errors.New("killed"))
		s.wait(t, "2 COM_QUERY KILL QUERY 1")
		stop.Cancel(why)
	}()
	if _, err := b.Exec(stop, admitted("slow")); askwire.CodeOf(err) != askwire.Interrupted || b.Usable() {
		t.Errorf("%v; usable: %v", err, b.Usable())
	}
	p.Put(b)
	b = get(t, p)
	stop = NewStopper(context.Background())
	stop.Stop(why)
	if _, err := b.Exec(stop, admitted("slow")); askwire.CodeOf(err) != askwire.Interrupted || b.Usable() {
		t.Errorf("without a transaction: %v; usable: %v", err, b.Usable())
	}
	p.Put(b)
}
