package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

func TestAnnotations(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		o2 := options(t, e.DSN, schema)
		o2.poll = 20 * time.Millisecond
		s, other := start(t, options(t, e.DSN, schema)), start(t, o2)
		ready(t, s)
		ready(t, other)
		there := newFollower[askwire.Annotation]()
		other.Follow(Followers{Annotations: there.take})
		edit := func(e askwire.AnnotationEdit) (int64, error) { return s.Annotate(t.Context(), "cara", &e, nil) }
		wrote := func(want int64, e askwire.AnnotationEdit) {
			t.Helper()
			if n, err := edit(e); err != nil || n != want {
				t.Fatalf("%d rows, %v: %+v", n, err, e)
			}
		}
		type row = map[string]string
		wrote(2, askwire.AnnotationEdit{Of: "tables", Rows: []row{
			{"database_name": "shop", "table_name": "orders", "name_ko": "주문", "synonyms": "구매, purchases,"},
			{"backend": "main", "database_name": "shop", "table_name": "orders", "description": "it's \\ 😀"}}})
		wrote(1, askwire.AnnotationEdit{Of: "columns", Rows: []row{{"database_name": "shop", "table_name": "orders", "column_name": "amount", "name_en": "turnover"}}})
		wrote(1, askwire.AnnotationEdit{Of: "terms", Rows: []row{{"name": "AOV", "meaning": "AVG(amount)", "table_names": "shop.orders"}}})
		wrote(1, askwire.AnnotationEdit{Of: "relationships", Rows: []row{{"from_column": "shop.a.b", "to_column": "shop.c.d"}}})

		got, err := other.Annotations(t.Context())
		if err != nil || len(got) != 5 {
			t.Fatal(got, err)
		}
		first := got[0]
		if first.By != "cara" || !first.At.Equal(o2.Clock()) || fmt.Sprint(first.Synonyms) != "[구매 purchases]" || got[1].Description != "it's \\ 😀" || got[3].Tables[0] != "shop.orders" {
			t.Errorf("%+v", got)
		}
		there.until(t, func(list []askwire.Annotation) bool { return len(list) == 5 })

		wrote(1, askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": "오더"}, Where: row{"backend": "", "table_name": "orders"}})
		wrote(0, askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": "오더"}, Where: row{"backend": "", "table_name": "orders"}})
		wrote(0, askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": "x"}, Where: row{"table_name": "nothing"}})
		wrote(1, askwire.AnnotationEdit{Of: "columns", Set: row{"column_name": "total"}, Where: row{"column_name": "amount"}})
		wrote(1, askwire.AnnotationEdit{Of: "relationships", Where: row{"from_column": "shop.a.b"}})
		for name, c := range map[string]struct {
			edit askwire.AnnotationEdit
			code askwire.Code
		}{
			"NoSuchTable":  {askwire.AnnotationEdit{Of: "query_log", Where: row{"id": "1"}}, askwire.UnknownTable},
			"NoSuchColumn": {askwire.AnnotationEdit{Of: "tables", Set: row{"x": "1"}, Where: row{"table_name": "orders"}}, askwire.UnknownColumn},
			"OwnColumn":    {askwire.AnnotationEdit{Of: "tables", Set: row{"changed_by": "root"}, Where: row{"table_name": "orders"}}, askwire.NotSupported},
			"NoWhere":      {askwire.AnnotationEdit{Of: "tables"}, askwire.NotSupported},
			"TooLong":      {askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": strings.Repeat("가", 201)}, Where: row{"table_name": "orders"}}, askwire.WrongValue},
			"Control":      {askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": "a\x1bb"}, Where: row{"table_name": "orders"}}, askwire.BadText},
			"Duplicate":    {askwire.AnnotationEdit{Of: "tables", Rows: []row{{"database_name": "shop", "table_name": "orders"}}}, askwire.WrongValue},
			"TwiceInOne":   {askwire.AnnotationEdit{Of: "terms", Rows: []row{{"name": "a", "meaning": "b"}, {"name": "a", "meaning": "c"}}}, askwire.WrongValue},
			"Collides":     {askwire.AnnotationEdit{Of: "tables", Set: row{"backend": ""}, Where: row{"backend": "main"}}, askwire.WrongValue},
			"NoKey":        {askwire.AnnotationEdit{Of: "tables", Rows: []row{{"database_name": "shop"}}}, askwire.WrongValue},
			"NoMeaning":    {askwire.AnnotationEdit{Of: "terms", Set: row{"meaning": " "}, Where: row{"name": "AOV"}}, askwire.WrongValue},
		} {
			if _, err := edit(c.edit); askwire.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		no := errors.New("no")
		refuse := func(next []askwire.Annotation) error {
			if len(next) != 4 {
				t.Errorf("the check saw %d annotations", len(next))
			}
			return askwire.Errorf(askwire.WrongValue, "no").Wrap(no)
		}
		if _, err := s.Annotate(t.Context(), "cara", &askwire.AnnotationEdit{Of: "tables", Set: row{"name_ko": "z"}, Where: row{"backend": ""}}, refuse); !errors.Is(err, no) {
			t.Error(err)
		}
		if got, err = s.Annotations(t.Context()); err != nil || len(got) != 4 || got[0].NameKo != "오더" || got[2].Column != "total" {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestDrift(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		schema := e.NewDatabase(t)
		s := start(t, options(t, e.DSN, schema))
		ready(t, s)
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		d := askwire.Drift{At: at, Backend: "main", Database: "shop", Table: "orders", Column: "amount", Kind: "type", Was: "int NULL", Is: strings.Repeat("é", 40_000)}
		gone := askwire.Drift{At: at, Backend: "main", Database: "shop", Table: "old", Kind: "dropped"}
		for _, again := range []time.Duration{0, time.Minute} { // the second time, another proxy's
			d.At = at.Add(again)
			if err := s.KeepDrift(t.Context(), []askwire.Drift{d, gone}); err != nil {
				t.Fatal(err)
			}
		}
		f := newFollower[askwire.Drift]()
		s.Follow(Followers{Drift: f.take})
		f.until(t, func(list []askwire.Drift) bool { return len(list) > 0 })
		got := f.latest()
		if len(got) != 2 || !got[0].At.Equal(at.Add(time.Minute)) || got[0].Was != "int NULL" || !strings.Contains(got[0].Is, cutMark) || got[1] != gone {
			t.Errorf("%d: %.300v", len(got), got)
		}
	})
}
