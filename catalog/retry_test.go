package catalog

import (
	"testing"
	"time"
)

// A backend that stays away for days is asked again and again, and never without a wait.
func TestRetry(t *testing.T) {
	const limit = time.Minute
	var wait time.Duration
	for n := range 1000 {
		before := wait
		wait = nextRetry(before, limit)
		if wait < min(firstRetry, limit) || wait > limit || wait < before {
			t.Fatalf("after %d failures and %v, the next wait is %v", n+1, before, wait)
		}
	}
	if wait != limit {
		t.Errorf("after many failures the wait is %v, want %v", wait, limit)
	}
	if got := nextRetry(0, time.Millisecond); got != time.Millisecond {
		t.Errorf("a refresh of every millisecond is tried again after %v", got)
	}
}
