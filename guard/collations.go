package guard

import (
	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/charset"
)

// The parser knows the collations of MySQL alone, and refuses others before the walk could. Those that MariaDB has by default since 11.5
// are added, once, here. A server that has none of that name says so itself.
func init() {
	id := 1 << 20 // which nobody looks at
	for _, name := range []string{"ai_ci", "ai_cs", "as_ci", "as_cs"} {
		for _, pad := range []string{"", "nopad_"} {
			charset.AddCollation(&charset.Collation{ID: id, CharsetName: "utf8mb4", Name: "utf8mb4_uca1400_" + pad + name})
			id++
		}
	}
}

// unknownText words the parser's errors about character sets and collations, which have no place in the text; nil for others.
func unknownText(err error) *askwire.Error {
	switch {
	case charset.ErrUnknownCollation.Equal(err):
		return askwire.Errorf(askwire.UnknownCollation, "The statement names a collation that is not known.").WithHint("Use one of utf8mb4, such as utf8mb4_general_ci or utf8mb4_bin.")
	case parser.ErrUnknownCharacterSet.Equal(err), ast.ErrUnknownCharacterSet.Equal(err):
		return askwire.Errorf(askwire.UnknownCharset, "The statement names a character set that is not allowed.").WithHint("Use utf8mb4.")
	}
	return nil
}
