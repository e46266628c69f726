package guard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// TestMetadataTellsNothingMore: tables and databases whose names information_schema's collation takes for listed ones, and
// keys, checks and defaults that name a denied column, do not show.
func TestMetadataTellsNothingMore(t *testing.T) {
	onServers(t, func(t *testing.T, s *enginetest.Server) {
		s.Database(t, "shop")
		s.Database(t, "shóp")
		db := s.Open(t, "shop")
		mustExec(t, db, "CREATE TABLE cafe (id INT)")
		mustExec(t, db, "CREATE TABLE café (hidden_a INT)")
		if s.Family != askwire.TiDB { // keeps names in lower case
			mustExec(t, db, "CREATE TABLE Cafe (hidden_b INT)")
		}
		mustExec(t, db, "CREATE TABLE shóp.cafe (hidden_c INT)")
		mustExec(t, db, `CREATE TABLE people (id INT PRIMARY KEY, city INT, ssn INT DEFAULT 1, twice INT DEFAULT 2,
			UNIQUE KEY city_ssn (city, ssn), UNIQUE KEY uq_ssn (ssn), KEY by_ssn (ssn), KEY by_city (city), CONSTRAINT ssn_positive CHECK (ssn > 0))`)
		people := table("shop", "people", "id int", "city int", "ssn int", "twice int")
		people.PrimaryKey = []string{"id"}
		people.Indexes = []askwire.Index{{Name: "PRIMARY", Unique: true, Columns: []string{"id"}}, {Name: "city_ssn", Unique: true, Columns: []string{"city", "ssn"}},
			{Name: "uq_ssn", Unique: true, Columns: []string{"ssn"}}, {Name: "by_ssn", Columns: []string{"ssn"}}, {Name: "by_city", Columns: []string{"city"}}}
		lower := map[askwire.Family]int{askwire.TiDB: 2}[s.Family]
		snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: s.Family, LowerCase: lower}, Tables: []*askwire.Table{
			table("shop", "cafe", "id int"), table("shop", "café", "hidden_a int"), people}})
		profile := &askwire.Profile{Name: "p", Tables: []string{"shop.cafe", "shop.people"}, DenyColumns: []string{"shop.people.ssn"}}
		g := Gate{Policy: compile(t, profile, snap), Session: Session{Metadata: true}}
		conn := pinned(t, s, "")
		seen := ""
		for name := range g.Policy.meta {
			if name == "collations" || name == "character_sets" || name == "keywords" || name == "engines" || name == "collation_character_set_applicability" {
				continue
			}
			st, err := g.Check("SELECT * FROM information_schema." + name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := query(t.Context(), conn, st.Text())
			if err != nil {
				t.Fatalf("%s: %v", st.Text(), err)
			}
			text := fmt.Sprint(r.rows)
			seen += text
			for _, hidden := range []string{"ssn", "hidden_", "café", "Cafe", "shóp"} {
				if strings.Contains(text, hidden) {
					t.Errorf("%s tells %q: %s", name, hidden, text)
				}
			}
		}
		for _, shown := range []string{"|cafe|", "|by_city|", "|twice|", "|PRIMARY KEY|", "|city|"} {
			if !strings.Contains(seen, shown) {
				t.Errorf("%s is not shown: %s", shown, seen)
			}
		}
	})
}

// TestMetadataDefaults: a default that is made of a denied column, or of a masked one, does not show; others do.
func TestMetadataDefaults(t *testing.T) {
	made, plain := "(`ssn` + 1)", "7"
	people := table("shop", "people", "id int", "ssn int", "twice int", "city int", "phone int")
	people.Columns[2].Default, people.Columns[3].Default, people.Columns[4].Default = &made, &plain, &plain
	snap := askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: askwire.MySQL}, Tables: []*askwire.Table{people}})
	profile := &askwire.Profile{Name: "p", Tables: []string{"shop.people"}, DenyColumns: []string{"shop.people.ssn"}, Masks: map[string]string{"shop.people.phone": "null"}}
	g := Gate{Policy: compile(t, profile, snap), Session: Session{Metadata: true}}
	st, err := g.Check("SELECT COLUMN_DEFAULT FROM information_schema.COLUMNS")
	if err != nil {
		t.Fatal(err)
	}
	if want := "CASE WHEN (`TABLE_SCHEMA` = 'shop' AND `TABLE_NAME` = 'people' AND `COLUMN_NAME` IN ('twice', 'phone')) THEN NULL"; !strings.Contains(st.Text(), want) {
		t.Error(st.Text())
	}
}
