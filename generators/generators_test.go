package generators_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/generators"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

var aDay = time.Date(2026, 3, 31, 15, 4, 5, 0, time.UTC)

func digest(t *testing.T, o generators.Options) (string, int) {
	t.Helper()
	h, n := sha256.New(), 0
	err := generators.Rows(o, func(domain, table string, row []any) error {
		n++
		_, err := fmt.Fprintln(h, domain, table, row)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), n
}

func TestRowsAreDecidedByOptions(t *testing.T) {
	base := generators.Options{Scale: .2, Today: aDay}
	want, n := digest(t, base)
	if n < 18_000 || n > 24_000 {
		t.Errorf("scale 0.2 made %d rows, want about 20,000", n)
	}
	for name, o := range map[string]generators.Options{
		"Again":           base,
		"OtherHour":       {Scale: .2, Today: aDay.Add(-6 * time.Hour)},
		"SeedOneIsZero":   {Scale: .2, Today: aDay, Seed: 1},
		"FamilyIsNoInput": {Scale: .2, Today: aDay, Family: askwire.TiDB, Version: "8.0.11-TiDB-v8.5.0", Vectors: true},
	} {
		if got, _ := digest(t, o); got != want {
			t.Errorf("%s: the rows differ", name)
		}
	}
	for name, o := range map[string]generators.Options{
		"OtherSeed":  {Scale: .2, Today: aDay, Seed: 2},
		"OtherDay":   {Scale: .2, Today: aDay.AddDate(0, 0, 1)},
		"OtherScale": {Scale: .3, Today: aDay},
	} {
		if got, _ := digest(t, o); got == want {
			t.Errorf("%s: the rows are the same", name)
		}
	}
	// A domain's rows do not depend on which others are made.
	alone, _ := digest(t, generators.Options{Domains: []string{"hr"}, Scale: .2, Today: aDay})
	h := sha256.New()
	err := generators.Rows(base, func(domain, table string, row []any) error {
		if domain == "hr" {
			fmt.Fprintln(h, domain, table, row)
		}
		return nil
	})
	if err != nil || fmt.Sprintf("%x", h.Sum(nil)) != alone {
		t.Errorf("hr alone has other rows than hr among all (%v)", err)
	}
}

func TestScaleOneIsAHundredThousandRows(t *testing.T) {
	if _, n := digest(t, generators.Options{Today: aDay}); n < 90_000 || n > 110_000 {
		t.Errorf("scale 1 made %d rows", n)
	}
}

// Every day of the year must do, and the smallest scale.
func TestRowsOnAnyDay(t *testing.T) {
	for _, day := range []string{"2024-02-29", "2025-12-31", "2026-01-01", "2026-03-01", "2027-10-31"} {
		today, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		err = generators.Rows(generators.Options{Scale: .001, Today: today}, func(domain, table string, row []any) error {
			counts[domain+"."+table]++
			for _, v := range row {
				switch v := v.(type) {
				case nil, int64:
				case string:
					if strings.ContainsAny(v, "\\\x00") {
						return fmt.Errorf("%s.%s: %q", domain, table, v)
					}
				default:
					return fmt.Errorf("%s.%s: a %T", domain, table, v)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(day, err)
		}
		for _, d := range generators.Domains() {
			for _, table := range d.Tables {
				if counts[d.Name+"."+table.Name] == 0 {
					t.Errorf("%s: %s.%s is empty", day, d.Name, table.Name)
				}
			}
		}
	}
}

func TestRowsStopAtTheFirstError(t *testing.T) {
	stop, n := errors.New("enough"), 0
	err := generators.Rows(generators.Options{Today: aDay}, func(string, string, []any) error {
		if n++; n == 7 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 7 {
		t.Errorf("got %v after %d rows", err, n)
	}
}

func TestDomains(t *testing.T) {
	var names []string
	tables := 0
	for _, d := range generators.Domains() {
		names = append(names, d.Name)
		tables += len(d.Tables)
		if d.TitleKo == "" || d.TitleEn == "" || len(d.Tables) < 6 {
			t.Errorf("%s: %q, %q, %d tables", d.Name, d.TitleKo, d.TitleEn, len(d.Tables))
		}
		for _, table := range d.Tables {
			if !strings.HasPrefix(table.Create, "CREATE TABLE "+d.Name+"."+table.Name+" (") || strings.Contains(table.Create, "VECTOR") {
				t.Errorf("%s.%s: %s", d.Name, table.Name, table.Create)
			}
		}
	}
	if want := []string{"ad", "edu", "ecommerce", "hr"}; !slices.Equal(names, want) || tables != 24 {
		t.Errorf("got %v with %d tables", names, tables)
	}
	// The rows have the tables' columns.
	err := generators.Rows(generators.Options{Scale: .01, Today: aDay}, func(domain, table string, row []any) error {
		for _, d := range generators.Domains() {
			for _, x := range d.Tables {
				if d.Name == domain && x.Name == table && len(x.Columns()) != len(row) {
					return fmt.Errorf("%s.%s: %d values for %v", domain, table, len(row), x.Columns())
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWrongOptions(t *testing.T) {
	for _, o := range []generators.Options{{Domains: []string{"shop"}}, {Scale: -1}, {Scale: 1001}} {
		err := generators.WriteSQL(io.Discard, o)
		if askwire.CodeOf(err) != askwire.WrongValue || !strings.Contains(err.Error(), "Choose") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestHasVectors(t *testing.T) {
	for version, want := range map[string]bool{"10.11.14-MariaDB": false, "11.6.2-MariaDB": false, "11.8.3-MariaDB-1": true, "12.0.1-MariaDB": true, "": false} {
		if got := generators.HasVectors(askwire.MariaDB, version); got != want {
			t.Errorf("MariaDB %q: %v", version, got)
		}
	}
	for version, want := range map[string]bool{"8.0.11-TiDB-v8.5.0": true, "8.0.11-TiDB-v7.5.1": false, "8.0.11-TiDB-None": false} {
		if got := generators.HasVectors(askwire.TiDB, version); got != want {
			t.Errorf("TiDB %q: %v", version, got)
		}
	}
	if generators.HasVectors(askwire.MySQL, "9.7.0") || generators.HasVectors(askwire.Embedded, "8.0.33") {
		t.Error("MySQL and the embedded engine cannot compare vectors")
	}
}

func TestManuals(t *testing.T) {
	m := generators.Manuals()
	if m.Model == "" || m.Dimensions != 384 || len(m.Chunks) != 60 || len(m.Questions) < 5 {
		t.Fatalf("%q, %d dimensions, %d chunks, %d questions", m.Model, m.Dimensions, len(m.Chunks), len(m.Questions))
	}
	for i, v := range m.Chunks {
		length := float32(0)
		for _, x := range v {
			length += x * x
		}
		if len(v) != m.Dimensions || length < .99 || length > 1.01 {
			t.Errorf("chunk %d: %d numbers, length %f", i+1, len(v), length)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	rows := 0
	for b.Loop() {
		err := generators.Rows(generators.Options{Today: aDay}, func(string, string, []any) error { rows++; return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWriteSQL(b *testing.B) {
	for b.Loop() {
		if err := generators.WriteSQL(io.Discard, generators.Options{Today: aDay}); err != nil {
			b.Fatal(err)
		}
	}
}
