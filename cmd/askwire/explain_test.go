package main

import (
	"testing"

	"github.com/askwire/askwire"
)

func TestScanEstimate(t *testing.T) {
	row := func(values ...string) []*string {
		out := make([]*string, len(values))
		for i := range values {
			if values[i] != "NULL" {
				out[i] = &values[i]
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		plan askwire.Sample
		want float64
	}{
		"OnePass":       {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "13000")}}, 13000},
		"JoinMultiply":  {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "1000"), row("1", "i", "3"), row("1", "p", "1")}}, 3000},
		"SelectsAdd":    {askwire.Sample{Columns: []string{"id", "table", "rows"}, Rows: [][]*string{row("1", "o", "1000"), row("2", "i", "500"), row("NULL", "<union1,2>", "NULL")}}, 1500},
		"TiDB":          {askwire.Sample{Columns: []string{"id", "estRows", "task"}, Rows: [][]*string{row("HashAgg_9", "1.00", "root"), row("└─TableFullScan_11", "10000.00", "cop[tikv]")}}, 10000},
		"NothingToTell": {askwire.Sample{Columns: []string{"plan"}, Rows: [][]*string{row("Project")}}, 0},
	} {
		if got := scanEstimate(c.plan); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
