package generators

import (
	"fmt"
	"testing"
	"time"
)

func TestCounts(t *testing.T) {
	for _, sc := range []float64{1, .2} {
		n := map[string]int{}
		tot := 0
		t0 := time.Now()
		if err := Rows(Options{Scale: sc, Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}, func(d, tb string, r []any) error { n[d+"."+tb]++; tot++; return nil }); err != nil {
			t.Fatal(err)
		}
		fmt.Println(time.Since(t0), tot, n)
	}
}
