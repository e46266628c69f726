package catalog

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// Questions returns the saved questions of the files and every problem at once. What has a problem is left out. Whether
// the SQL is allowed is for the gate of whoever asks; here only its form is checked.
func Questions(files []Annotations) ([]askwire.SavedQuestion, []error) {
	var out []askwire.SavedQuestion
	var problems []error
	seen := make(map[string]string)
	for i := range files {
		f := &files[i]
		for j := range f.Questions {
			a := &f.Questions[j]
			if other, ok := seen[a.Name]; ok && a.Name != "" {
				problems = append(problems, questionProblem(f, a, "the name is used in %s too", other))
				continue
			}
			seen[a.Name] = f.File
			q, err := a.saved(f)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			out = append(out, q)
		}
	}
	return out, problems
}

func questionProblem(f *Annotations, a *QuestionAnnotation, format string, args ...any) error {
	return askwire.Errorf(askwire.WrongValue, "%s: question %q: %s.", f.place(a.Line), a.Name, fmt.Sprintf(format, args...)).
		WithHint("Correct the entry; the manual's chapter on saved questions shows its form.")
}

var (
	inPhrase = regexp.MustCompile(`\{([a-z_][a-z0-9_]*)\}`)
	inSQL    = regexp.MustCompile(`(?:^|[^:\w]):([a-z_][a-z0-9_]*)`)
)

func (a *QuestionAnnotation) saved(f *Annotations) (askwire.SavedQuestion, error) {
	q := askwire.SavedQuestion{
		Name: a.Name, Backend: f.Backend, Database: f.Database, Questions: a.Questions, SQL: strings.TrimSpace(a.SQL),
		Explain: a.Explain, Summary: a.Summary, Place: f.place(a.Line), Verified: a.VerifiedBy != "", VerifiedBy: a.VerifiedBy,
		VerifiedAt: a.VerifiedAt, Onboarding: a.Onboarding,
	}
	bad := func(format string, args ...any) (askwire.SavedQuestion, error) {
		return askwire.SavedQuestion{}, questionProblem(f, a, format, args...)
	}
	switch {
	case a.Name == "":
		return bad("it has no name")
	case utf8.RuneCountInString(a.Name) > askwire.MaxQuestionName:
		return bad("its name has more than %d characters, which is what a table of the schema ask can have", askwire.MaxQuestionName)
	case len(a.Questions) == 0:
		return bad("it has no phrasing")
	case q.SQL == "":
		return bad("it has no sql")
	}
	defaults := make(map[string]bool) // parameter → has a default
	for i := range a.Params {
		p := &a.Params[i]
		kind := askwire.ParamType(p.Type)
		if !slices.Contains([]askwire.ParamType{askwire.IntParam, askwire.NumberParam, askwire.StringParam, askwire.MonthParam, askwire.DateParam}, kind) {
			return bad("parameter %q has type %q; it can be int, number, string, month or date", p.Name, p.Type)
		}
		if _, twice := defaults[p.Name]; twice || p.Name == "" {
			return bad("parameter %q has no name or is there twice", p.Name)
		}
		defaults[p.Name] = p.Default != ""
		q.Params = append(q.Params, askwire.Param{
			Name: p.Name, Type: kind, Default: p.Default, Values: p.Values, Aliases: p.Aliases, Min: p.Min, Max: p.Max,
		})
	}
	for _, m := range inSQL.FindAllStringSubmatch(withoutTexts(q.SQL), -1) {
		_, known := defaults[m[1]]
		if _, _, bound := askwire.PeriodBound(m[1]); !known && !bound {
			return bad("its sql uses :%s, which is no parameter and no bound of a period", m[1])
		}
	}
	for _, phrase := range a.Questions {
		has := make(map[string]bool)
		for _, m := range inPhrase.FindAllStringSubmatch(phrase, -1) {
			if _, ok := defaults[m[1]]; !ok {
				return bad("phrasing %q uses {%s}, which is no parameter", phrase, m[1])
			}
			has[m[1]] = true
		}
		for _, name := range slices.Sorted(maps.Keys(defaults)) {
			if !has[name] && !defaults[name] {
				return bad("phrasing %q does not mention {%s}, which has no default", phrase, name)
			}
		}
	}
	return q, nil
}

var texts = regexp.MustCompile(`'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"` + "|`[^`]*`")

// withoutTexts blanks quoted texts, so that '%H:%i' is no parameter.
func withoutTexts(sql string) string { return texts.ReplaceAllString(sql, "''") }
