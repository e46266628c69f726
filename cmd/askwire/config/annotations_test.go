package config_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/askwire/askwire/cmd/askwire/config"
	"github.com/askwire/askwire/generators"
)

func TestAnnotations(t *testing.T) {
	t.Run("OK", func(t *testing.T) {
		files, problems := config.Annotations(fstest.MapFS{
			"b.toml": {Data: []byte("database = \"shop\"\n[[table]]\nname = \"orders\"\nname_ko = \"주문\"\n[[table.column]]\nname = \"id\"\n")},
			"a.toml": {Data: []byte("[[question]]\nname = \"q\"\nquestions = [\"how many\"]\nsql = \"SELECT 1\"\nverified_by = \"ana\"\nverified_at = 2026-01-31\n[[question.param]]\nname = \"n\"\ntype = \"int\"\ndefault = \"5\"\nmax = 10\n")},
			"x.md":   {Data: []byte("not read")},
		}, "catalog.d")
		if len(problems) > 0 || len(files) != 2 {
			t.Fatal(files, problems)
		}
		if files[0].File != "catalog.d/a.toml" || files[0].Questions[0].Params[0].Max != "10" || files[0].Questions[0].VerifiedAt.Year() != 2026 {
			t.Errorf("%+v", files[0])
		}
		if files[1].Tables[0].NameKo != "주문" || len(files[1].Tables[0].Columns) != 1 {
			t.Errorf("%+v", files[1])
		}
	})
	t.Run("AllProblems", func(t *testing.T) {
		_, problems := config.Annotations(fstest.MapFS{
			"a.toml": {Data: []byte("[[table]]\nnam = \"orders\"\nsynonyms = \"x\"\n")},
			"b.toml": {Data: []byte("[[table]\n")},
		}, "catalog.d")
		got := problems.Error()
		for _, want := range []string{
			`catalog.d/a.toml:2: table no. 1: unknown key "nam". Did you mean "name"?`,
			`catalog.d/a.toml:3: table no. 1: synonyms: must be a list in [brackets], not a text.`,
			`catalog.d/b.toml:2: not valid TOML: expected end of table array`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s\nlacks %s", got, want)
			}
		}
	})
	t.Run("Contradiction", func(t *testing.T) {
		_, problems := config.Annotations(fstest.MapFS{
			"a.toml": {Data: []byte("database = \"shop\"\n\n[[table]]\nname = \"orders\"\nname_ko = \"주문\"\n  [[table.column]]\n  name = \"id\"\n  description = \"one\"\n")},
			"b.toml": {Data: []byte("[[table]]\nname = \"shop.orders\"\nname_ko = \"오더\"\n  [[table.column]]\n  name = \"ID\"\n  description = \"two\"\n[[term]]\nname = \"AOV\"\nmeaning = \"x\"\n[[term]]\nname = \"aov\"\nmeaning = \"y\"\n")},
			"c.toml": {Data: []byte("backend = \"a\"\n[[term]]\nname = \"GMV\"\nmeaning = \"x\"\n")},
			"d.toml": {Data: []byte("backend = \"b\"\n[[term]]\nname = \"GMV\"\nmeaning = \"another backend's\"\n")},
		}, "catalog.d")
		want := `catalog.d/b.toml:1: shop.orders: name_ko is "오더" here and "주문" in catalog.d/a.toml:3. Keep one of them.
catalog.d/b.toml:4: shop.orders.id: description is "two" here and "one" in catalog.d/a.toml:6. Keep one of them.
catalog.d/b.toml:10: term aov: meaning is "y" here and "x" in catalog.d/b.toml:7. Keep one of them.`
		if got := problems.Error(); got != want {
			t.Errorf("%s", got)
		}
	})
	t.Run("NoFolder", func(t *testing.T) {
		if files, problems := config.Annotations(os.DirFS("testdata/none"), "none"); len(files)+len(problems) > 0 {
			t.Error(files, problems)
		}
	})
	t.Run("Shipped", func(t *testing.T) {
		files, problems := config.Annotations(generators.Annotations(), "samples")
		if len(problems) > 0 || len(files) != len(generators.Domains()) {
			t.Errorf("%d files:\n%s", len(files), problems.Error())
		}
	})
}
