package store

import (
	"slices"
	"strconv"
	"time"

	"github.com/askwire/askwire"
)

// Tables are the tables that people may read through the proxy, by name without schema.
var Tables = []string{"query_log", "llm_log", "questions", "feedback", "verify_candidates"}

// CatalogTables are those that people with the right catalog may read as well, and write by Annotate.
var CatalogTables = []string{"tables", "columns", "terms", "relationships", "drift"}

// OwnRows is the profile of ordinary users: their own rows, by the policy variable @principal, which must hold the
// principal's name. Of saved questions and candidates it also shows those whose ids are in @admitted, a list with commas:
// what the rest of the policy says about their SQL is for the caller to find out.
func (s *Store) OwnRows() *askwire.Profile {
	p := s.profile("askwire-own")
	for _, t := range p.Tables {
		p.Rows[t] = "`user` = @principal"
	}
	p.Rows[s.schema+".questions"] = "`user` = @principal OR FIND_IN_SET(id, @admitted) > 0"
	p.Rows[s.schema+".verify_candidates"] = "FIND_IN_SET(id, @admitted) > 0"
	return p
}

// AllRows is the profile of those with the right audit.
func (s *Store) AllRows() *askwire.Profile { return s.profile("askwire-audit") }

// WithCatalog is the profile with the tables of the annotations, for those with the right catalog.
func (s *Store) WithCatalog(p *askwire.Profile) *askwire.Profile {
	c := *p
	c.Name += "-catalog"
	c.Tables = slices.Clone(p.Tables)
	for _, t := range CatalogTables {
		c.Tables = append(c.Tables, s.schema+"."+t)
	}
	return &c
}

func (s *Store) profile(name string) *askwire.Profile {
	p := &askwire.Profile{
		Name: name, Rows: make(map[string]string), Joins: "any", PlainSQL: "guarded", LLMData: "none", Summary: "off",
		Limits: askwire.Limits{Rows: 100_000, Bytes: 256 << 20, ScanRows: 50_000_000},
	}
	for _, t := range Tables {
		p.Tables = append(p.Tables, s.schema+"."+t)
	}
	p.Limits.Time.Duration = 30 * time.Second
	return p
}

// Schema is the schema's name: a statement that names it goes to the store.
func (s *Store) Schema() string { return s.schema }

func plural(n int64, word string) string {
	text := strconv.FormatInt(n, 10) + " " + word
	if n != 1 {
		text += "s"
	}
	return text
}
