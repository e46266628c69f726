package enginetest

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// NoLeaks fails the test at its end when goroutines are left that begin after this call. They have a minute to end; goleak itself is
// patient for half a second.
func NoLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		for end := time.Now().Add(time.Minute); ; {
			err := goleak.Find(before)
			if err == nil {
				return
			}
			if time.Now().After(end) {
				t.Error(err)
				return
			}
		}
	})
}
