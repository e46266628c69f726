package proxy

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// showStore answers a SHOW about the schema askwire from the store's policy.
func (s *session) showStore(sh *front.Show) error {
	scope := s.b.Store.Scope()
	if sh.What == front.ShowTables || sh.What == front.TableStatus {
		var rows [][]*string
		for _, t := range scope.Tables {
			row := texts(t.Name, "BASE TABLE", t.Comment)
			switch {
			case sh.What == front.TableStatus:
			case sh.Full:
				row = row[:2]
			default:
				row = row[:1]
			}
			rows = append(rows, row)
		}
		headings := []string{"Tables_in_askwire"}
		switch {
		case sh.What == front.TableStatus:
			headings = []string{"Name", "Engine", "Comment"}
		case sh.Full:
			headings = append(headings, "Table_type")
		}
		return s.rows(sh, textColumns(headings...), rows)
	}
	t, ok := scope.Table(storeTable(scope), sh.Table)
	if !ok {
		return askwire.Errorf(askwire.UnknownTable, "Table 'askwire.%s' doesn't exist.", strings.ToValidUTF8(sh.Table, "?")).
			WithHint("SHOW TABLES FROM askwire lists those that you may read.")
	}
	switch sh.What {
	case front.CreateTable:
		w := s.result(wire.TextColumn("Table"), wire.LongTextColumn("Create Table"))
		_ = w.Row(t.Name, front.CreateTableText(t, scope.Server.Family))
		return s.endResult(w)
	case front.Indexes:
		return s.rows(sh, textColumns("Table", "Key_name", "Column_name"), nil)
	}
	var rows [][]*string
	for i := range t.Columns {
		c := &t.Columns[i]
		null := "NO"
		if c.Nullable {
			null = "YES"
		}
		row := []*string{&c.Name, &c.Type, &null, &c.Key, c.Default, &c.Extra}
		if sh.Full {
			row = []*string{&c.Name, &c.Type, ptr(c.Collation), &null, &c.Key, c.Default, &c.Extra, ptr("select"), &c.Comment}
		}
		if sh.Column == "" || strings.EqualFold(sh.Column, c.Name) {
			rows = append(rows, row)
		}
	}
	headings := []string{"Field", "Type", "Null", "Key", "Default", "Extra"}
	if sh.Full {
		headings = []string{"Field", "Type", "Collation", "Null", "Key", "Default", "Extra", "Privileges", "Comment"}
	}
	return s.rows(sh, textColumns(headings...), rows)
}

// storeTable is the schema's name in the store's snapshot.
func storeTable(scope *askwire.Snapshot) string {
	if len(scope.Tables) > 0 {
		return scope.Tables[0].DB
	}
	return storeSchema
}
