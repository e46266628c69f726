package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy"
)

func (v *validator) profiles() {
	if len(v.c.Profiles) == 0 {
		v.problem(nil, "profile", "there is none: nothing would be allowed.").Hint = "Add a [[profile]] with name, backend and tables."
	}
	var models []string
	for _, m := range v.c.Models {
		models = append(models, m.Name)
	}
	for i := range v.c.Profiles {
		p := &v.c.Profiles[i]
		at, where := path{"profile", strconv.Itoa(i)}, v.name("profile", i, p.Name)
		v.named(at, where, p.Name, func(j int) string { return v.c.Profiles[j].Name }, i)
		if p.Backend == "" {
			v.problem(at.with("backend"), where+": backend", "missing.").Hint = "Name the [[backend]] that the tables are on."
		} else if names := v.backendNames(); !slices.Contains(names, p.Backend) {
			v.missing(at.with("backend"), where+": backend", "backend", p.Backend, names)
		}
		for j, m := range p.Models {
			if !slices.Contains(models, m) {
				v.missing(at.with("models", strconv.Itoa(j)), where+": models", "model", m, models)
			}
		}
		v.scope(at, where, p)
		v.oneOf(at.with("joins"), where+": joins", p.Joins, "any", "declared")
		v.oneOf(at.with("plain_sql"), where+": plain_sql", p.PlainSQL, "guarded", "deny")
		v.oneOf(at.with("llm_data"), where+": llm_data", p.LLMData, "none", "aggregates", "rows")
		v.oneOf(at.with("summary"), where+": summary", p.Summary, "first", "all", "last", "off")
		v.oneOf(at.with("on_ambiguous"), where+": on_ambiguous", p.OnAmbiguous, "answer", "ask")
		v.between(at.with("summary_wait"), where+": summary_wait", p.SummaryWait, 0, 5*time.Minute)
		if err := proxy.CheckLanguage(p.Language); err != nil {
			v.rejected(at.with("language"), where+": language", err)
		}
		if p.AnswerChars < 50 || p.AnswerChars > 10000 {
			v.problem(at.with("answer_chars"), where+": answer_chars", "must be between 50 and 10000, not %d.", p.AnswerChars)
		}
		for key, text := range map[string]string{"instructions": p.Instructions, "persona": p.Persona} {
			if len(text) > 8<<10 {
				v.problem(at.with(key), where+": "+key, "is longer than 8 KiB.").Hint = "It is part of every prompt: shorten it."
			}
		}
		v.limits(at.with("limits"), where+": limits", p.Limits)
	}
}

var relationshipPattern = regexp.MustCompile(`^([^.\s]+\.[^.\s]+\.[^.\s]+)\s*->\s*([^.\s]+\.[^.\s]+\.[^.\s]+)$`)

// scope checks the forms of names and that rules speak of tables in scope. Whether they exist is for the catalog to say.
func (v *validator) scope(at path, where string, p *askwire.Profile) {
	if len(p.Tables) == 0 {
		v.problem(at.with("tables"), where+": tables", "missing: nothing exists for this profile.").Hint = `List tables as "database.table" or "database.*".`
	}
	for j, t := range p.Tables {
		v.tableName(at.with("tables", strconv.Itoa(j)), where+": tables", t)
	}
	inScope := func(k path, key, table string) {
		if !slices.ContainsFunc(p.Tables, func(t string) bool {
			db, star := strings.CutSuffix(t, ".*")
			return strings.EqualFold(t, table) || star && strings.EqualFold(db, before(table))
		}) {
			v.problem(k, where+": "+key, "%q is not in this profile's tables.", table).Hint = "Add it to tables or remove the rule."
		}
	}
	column := func(k path, key, name string) {
		if !columnName.MatchString(name) {
			v.columnName(k, where+": "+key, name)
			return
		}
		inScope(k, key, name[:strings.LastIndexByte(name, '.')])
	}
	for j, c := range p.DenyColumns {
		column(at.with("deny_columns", strconv.Itoa(j)), "deny_columns", c)
	}
	for j, c := range p.LLMDenyColumns {
		column(at.with("llm_deny_columns", strconv.Itoa(j)), "llm_deny_columns", c)
	}
	for j, c := range p.LLMKeys {
		column(at.with("llm_keys", strconv.Itoa(j)), "llm_keys", c)
	}
	for t, predicate := range p.Rows {
		k := at.with("rows", t)
		if !tableName.MatchString(t) {
			v.tableName(k, where+": rows", t)
		} else {
			inScope(k, "rows", t)
		}
		if strings.TrimSpace(predicate) == "" {
			v.problem(k, where+": rows", "the predicate of %q is empty.", t).Hint = `Such as "customer_id = @user_id".`
		}
	}
	for c, mask := range p.Masks {
		k := at.with("masks", c)
		column(k, "masks", c)
		if strings.TrimSpace(mask) == "" {
			v.problem(k, where+": masks", "the mask of %q is empty.", c).Hint = "Use partial(a, b), hash, null, const('…'), date('month') or bucket(n)."
		}
	}
	for j, r := range p.Relationships {
		if !relationshipPattern.MatchString(r) {
			v.problem(at.with("relationships", strconv.Itoa(j)), where+": relationships", "%q is not a relationship.", r).
				Hint = `Write "db.table.column -> db.table.column".`
		}
	}
}

func before(table string) string { db, _, _ := strings.Cut(table, "."); return db }

func (v *validator) limits(at path, where string, l askwire.Limits) {
	v.atLeast(at.with("rows"), where+".rows", l.Rows, 1)
	v.atLeast(at.with("bytes"), where+".bytes", int64(l.Bytes), 1<<10)
	v.between(at.with("time"), where+".time", l.Time, 10*time.Millisecond, 24*time.Hour)
	v.atLeast(at.with("scan_rows"), where+".scan_rows", l.ScanRows, 1)
	v.atLeast(at.with("questions_per_day"), where+".questions_per_day", l.QuestionsPerDay, 1)
	v.atLeast(at.with("tokens_per_day"), where+".tokens_per_day", l.TokensPerDay, 1)
}

// PolicyValue turns a policy variable of the file into a typed literal.
func PolicyValue(v any) (askwire.Value, error) {
	switch x := v.(type) {
	case int64:
		return askwire.Value{Kind: askwire.Int, Text: strconv.FormatInt(x, 10)}, nil
	case float64:
		return askwire.Value{Kind: askwire.Decimal, Text: strconv.FormatFloat(x, 'f', -1, 64)}, nil
	case string:
		return askwire.Value{Kind: askwire.String, Text: x}, nil
	case bool:
		if x {
			return askwire.Value{Kind: askwire.Int, Text: "1"}, nil
		}
		return askwire.Value{Kind: askwire.Int, Text: "0"}, nil
	default:
		return askwire.Value{}, fmt.Errorf("%s cannot be a policy variable", show(v))
	}
}
