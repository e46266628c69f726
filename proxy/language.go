package proxy

import (
	"strings"

	"golang.org/x/text/language"

	"github.com/askwire/askwire"
)

// CheckLanguage refuses what is no language to write a summary in: "question" or a code of ISO 639, such as ko or en, with a region or
// script where one wants (pt-BR, zh-Hant).
func CheckLanguage(code string) error {
	if strings.EqualFold(code, "question") {
		return nil
	}
	hint := `Use "question", or a code such as ko, en, ja or pt-BR.`
	// Codes of countries that are taken for their languages'; kr alone is a language too, of the Chad.
	if right, slip := map[string]string{"kr": "ko", "jp": "ja", "cn": "zh", "us": "en", "gb": "en"}[strings.ToLower(code)]; slip {
		return askwire.Errorf(askwire.WrongValue, "There is no language '%s'.", code).WithHint("Did you mean %s?", right)
	}
	tag, err := language.Parse(code)
	if base, sure := tag.Base(); err != nil || tag == language.Und || len(code) > 16 || sure == language.No || base.String() == "und" {
		return askwire.Errorf(askwire.WrongValue, "There is no language '%.32s'.", strings.ToValidUTF8(code, "?")).WithHint("%s", hint)
	}
	return nil
}
