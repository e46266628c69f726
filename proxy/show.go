package proxy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// show answers SHOW and DESCRIBE: by a SELECT on information_schema through the gate, or by rows of the proxy's own.
func (s *session) show(sh *front.Show) error {
	if s.toStore(sh) {
		return s.showStore(sh)
	}
	text, gate, err := s.showSelect(sh)
	switch {
	case err != nil:
		return err
	case text == "":
		return s.showOwn(sh)
	}
	st, err := gate.Check(text)
	if err == nil {
		err = onlyMetadata(st)
	}
	if err != nil {
		s.srv.stats.Denied.Add(1)
		return err
	}
	s.setDeadline(s.statementTime() + timeGrace)
	columns := s.shape(sh)
	_, err = s.send(job{st: st, columns: columns, told: columns != nil})
	return err
}

// onlyMetadata refuses a SHOW whose WHERE reaches for data: a profile that runs no SQL as typed must not run it here.
func onlyMetadata(st guard.Statement) error {
	for _, t := range st.Receipt().Tables {
		if !strings.HasPrefix(strings.ToLower(t), "information_schema.") {
			return askwire.Errorf(askwire.NotSupported, "The WHERE of a SHOW cannot read tables.").WithHint("Use a condition on the columns that this SHOW returns.")
		}
	}
	return nil
}

// showSelect resolves what a SHOW names within the scope and returns the SELECT that answers it, or "".
func (s *session) showSelect(sh *front.Show) (string, guard.Gate, error) {
	gate := s.gate
	found, err := s.resolveShow(sh)
	if err != nil {
		return "", gate, err
	}
	s.orderIndexes(sh)
	text, _ := sh.Select(s.vars.lexMode(), *s.server())
	switch {
	case found != nil: // the one that is asked about
		gate.Session.Rows = newRows(s.viewRows([]view{*found}, false), true)
	case sh.What == front.Databases || s.isViews(sh.DB):
		gate = s.withViews(gate, text)
	}
	return text, gate, nil
}

// toStore reports whether the SHOW is about the schema askwire, which is not in the backend.
func (s *session) toStore(sh *front.Show) bool {
	switch sh.What {
	case front.ShowTables, front.Columns, front.Indexes, front.TableStatus, front.CreateTable:
		return s.b.Store != nil && strings.EqualFold(firstOf(sh.DB, s.db), storeSchema)
	}
	return false
}

// resolveShow sets database and table to the names of the catalog, or says that there are none such. A saved question is
// returned with its columns.
func (s *session) resolveShow(sh *front.Show) (*view, error) {
	switch sh.What {
	case front.ShowTables, front.TableStatus, front.CreateDatabase, front.Triggers, front.Events, front.OpenTables:
		return nil, s.resolveDB(&sh.DB)
	case front.Columns, front.Indexes, front.CreateTable, front.CreateView:
		if err := s.resolveDB(&sh.DB); err != nil {
			return nil, err
		}
		if s.isViews(sh.DB) {
			v, err := s.view(sh.Table)
			sh.Table = v.name
			return &v, err
		}
		t, ok := s.b.Policy.Scope().Table(sh.DB, sh.Table)
		if !ok {
			if sh.DB == "information_schema" && (sh.What == front.Columns || sh.What == front.Indexes) {
				return nil, nil
			}
			return nil, askwire.Errorf(askwire.UnknownTable, "Table '%s' doesn't exist.", strings.ToValidUTF8(sh.DB+"."+sh.Table, "?")).
				WithHint("SHOW TABLES lists those that you may read.")
		}
		sh.Table = t.Name
	}
	return nil, nil
}

func (s *session) resolveDB(name *string) error {
	if *name == "" {
		if *name = s.db; *name == "" {
			return askwire.Errorf(askwire.NoDatabase, "No database selected.").WithHint("USE a database first; SHOW DATABASES lists them.")
		}
	}
	db, err := s.database(*name)
	*name = db
	return err
}

// rows answers with rows of the proxy's own, narrowed by the SHOW's LIKE and WHERE.
func (s *session) rows(sh *front.Show, columns []wire.Column, rows [][]*string) error {
	headings := make([]string, len(columns))
	for i := range columns {
		headings[i] = columns[i].Name
	}
	rows, err := sh.Filter(headings, rows, s.vars.lexMode())
	if err != nil {
		return err
	}
	w := s.result(columns...)
	values := make([]any, len(columns))
	for _, r := range rows {
		for i := range values {
			values[i] = r[i]
		}
		_ = w.Row(values...)
	}
	return s.endResult(w)
}

// showOwn answers a SHOW that needs no backend.
func (s *session) showOwn(sh *front.Show) error {
	if shapeNames[sh.What] == "" {
		s.cursorFor = nil // no server opens one for it
	}
	switch sh.What {
	case front.Warnings, front.Errors, front.CountWarnings, front.CountErrors:
		return s.showWarnings(sh)
	case front.Variables:
		var rows [][]*string
		for _, v := range s.allVariables(sh.Global) {
			rows = append(rows, []*string{&v[0], &v[1]})
		}
		return s.rows(sh, s.described(sh, textColumns("Variable_name", "Value")), rows)
	case front.Status:
		return s.rows(sh, s.described(sh, textColumns("Variable_name", "Value")), s.statusRows())
	case front.CreateTable:
		return s.showCreateTable(sh)
	case front.CreateView:
		if s.isViews(sh.DB) {
			return s.showCreateView(sh.Table)
		}
		return askwire.Errorf(askwire.TableDenied, "SHOW VIEW command denied for table '%s'.", sh.Table).WithHint("Use SHOW COLUMNS FROM %s.", sh.Table)
	case front.CreateDatabase:
		w := s.result(textColumns("Database", "Create Database")...)
		_ = w.Row(sh.DB, "CREATE DATABASE "+front.QuoteName(sh.DB)+" /*!40100 DEFAULT CHARACTER SET utf8mb4 */")
		return s.endResult(w)
	case front.ProcessList:
		return s.showProcesses(sh)
	case front.Grants:
		return s.showGrants(sh)
	case front.Engines:
		return s.rows(sh, s.described(sh, textColumns("Engine", "Support", "Comment", "Transactions", "XA", "Savepoints")), s.engines())
	case front.Privileges:
		return s.rows(sh, s.described(sh, textColumns("Privilege", "Context", "Comment")), [][]*string{texts("Select", "Tables", "To retrieve rows from table"),
			texts("Usage", "Server Admin", "No privileges - allow connect only")})
	case front.Plugins:
		var rows [][]*string
		for _, p := range plugins {
			rows = append(rows, texts(p, "ACTIVE", "AUTHENTICATION", "", "Apache-2.0"))
		}
		return s.rows(sh, s.described(sh, textColumns("Name", "Status", "Type", "Library", "License")), rows)
	}
	// A profile shows no routines, triggers or events; their lists are empty, with the headings of the server.
	columns := s.shape(sh)
	if columns == nil {
		columns = textColumns(emptyLists[sh.What]...)
	}
	return s.rows(sh, columns, nil)
}

var routineHeadings = []string{"Db", "Name", "Type", "Definer", "Modified", "Created", "Security_type", "Comment", "character_set_client",
	"collation_connection", "Database Collation"}

var emptyLists = map[front.ShowKind][]string{
	front.ProcedureStatus: routineHeadings,
	front.FunctionStatus:  routineHeadings,
	front.Triggers: {"Trigger", "Event", "Table", "Statement", "Timing", "Created", "sql_mode", "Definer", "character_set_client",
		"collation_connection", "Database Collation"},
	front.Events: {"Db", "Name", "Definer", "Time zone", "Type", "Execute at", "Interval value", "Interval field", "Starts", "Ends", "Status",
		"Originator", "character_set_client", "collation_connection", "Database Collation"},
	front.OpenTables: {"Database", "Table", "In_use", "Name_locked"},
	front.Profiles:   {"Query_ID", "Duration", "Query"},
	front.Profiling:  {"Status", "Duration"},
}

func (s *session) engines() [][]*string {
	var rows [][]*string
	seen := map[string]bool{}
	for _, t := range s.b.Policy.Scope().Tables {
		if t.Engine == "" || seen[t.Engine] {
			continue
		}
		seen[t.Engine] = true
		support, yes := "YES", "YES"
		if t.Engine == "InnoDB" {
			support = "DEFAULT"
		} else {
			yes = "NO"
		}
		rows = append(rows, texts(t.Engine, support, "Engine of tables in your scope", yes, yes, yes))
	}
	slices.SortFunc(rows, func(a, b []*string) int { return cmp.Compare(*a[0], *b[0]) })
	return rows
}

// statusRows are the counters that clients ask for, of the proxy; none speaks of other principals.
func (s *session) statusRows() [][]*string {
	threads := len(s.ownSessions())
	cipher := ""
	if s.login.TLS {
		cipher = "TLS"
	}
	empty := ""
	rows := [][]*string{
		texts("Questions", itoa(s.questions)),
		{ptr("Ssl_cipher"), &empty},
		{ptr("Ssl_version"), &empty},
		texts("Threads_connected", strconv.Itoa(threads)),
		texts("Uptime", itoa(int64(s.srv.cfg.Clock().Sub(s.srv.started)/time.Second))),
	}
	if cipher != "" {
		rows[1], rows[2] = texts("Ssl_cipher", cipher), texts("Ssl_version", cipher)
	}
	return rows
}

func ptr(s string) *string { return &s }

func (s *session) showCreateTable(sh *front.Show) error {
	if s.isViews(sh.DB) {
		return s.showCreateView(sh.Table)
	}
	t, _ := s.b.Policy.Scope().Table(sh.DB, sh.Table)
	if t.View {
		return askwire.Errorf(askwire.TableDenied, "SHOW VIEW command denied for table '%s'.", t.Name).WithHint("Use SHOW COLUMNS FROM %s.", t.Name)
	}
	text := front.CreateTableText(s.withJSON(s.ordered(t)), s.server().Family)
	w := s.result(s.createColumns(text)...)
	_ = w.Row(t.Name, text)
	return s.endResult(w)
}

// withJSON finds the columns that a MariaDB keeps as text and knows to be JSON, which its definitions tell.
func (s *session) withJSON(t *askwire.Table) *askwire.Table {
	long := func(c askwire.Column) bool { return c.DataType == "longtext" }
	if s.server().Family != askwire.MariaDB || !slices.ContainsFunc(t.Columns, long) {
		return t
	}
	definitions, err := s.fieldColumns(t, true)
	if err != nil {
		s.log("SHOW CREATE TABLE does not say which columns are JSON: the backend did not describe them", err)
		return t
	}
	known := *t
	known.Columns = slices.Clone(t.Columns)
	for i := range known.Columns {
		if long(known.Columns[i]) && strings.Contains(definitions[i].Extended, "json") {
			known.Columns[i].DataType = "json"
		}
	}
	return &known
}

func (s *session) createColumns(text string) []wire.Column {
	return []wire.Column{s.textColumn("Table", 64), s.textColumn("Create Table", max(1024, len(text)))}
}

// textColumn is a column of at most that many characters, as the backend describes one of its own.
func (s *session) textColumn(name string, characters int) wire.Column {
	number, width := s.collationNumber()
	if s.rawResults() {
		number, width = wire.CollationUTF8MB3, 3
	}
	c := wire.Column{Name: name, Collation: number, Length: width * uint32(characters), Type: wire.MYSQL_TYPE_VAR_STRING, Flags: wire.NOT_NULL_FLAG, Decimals: 31}
	if s.server().Family == askwire.MariaDB {
		c.Decimals = 39
	}
	return c
}

// showProcesses lists the sessions of this principal.
func (s *session) showProcesses(sh *front.Show) error {
	columns := []wire.Column{wire.IntColumn("Id"), wire.TextColumn("User"), wire.TextColumn("Host"), wire.TextColumn("db"), wire.TextColumn("Command"),
		wire.IntColumn("Time"), wire.TextColumn("State"), wire.LongTextColumn("Info")}
	rows := s.processRows(sh.Full)
	if s.server().Family == askwire.MariaDB {
		columns = append(columns, wire.TextColumn("Progress"))
		for i := range rows {
			rows[i] = append(rows[i], ptr("0.000"))
		}
	}
	return s.rows(sh, s.described(sh, columns), rows)
}

// processRows are the sessions of this principal: id, user, host, database, command, seconds, state and statement.
func (s *session) processRows(full bool) [][]*string {
	var rows [][]*string
	now := s.srv.cfg.Clock()
	for _, x := range s.ownSessions() {
		x.mu.Lock()
		command, info, state := "Query", x.doing, x.stage
		if x.idle {
			command, info, state = "Sleep", "", ""
		}
		seconds := itoa(max(0, int64(now.Sub(x.since)/time.Second)))
		x.mu.Unlock()
		if !full && len(info) > 100 {
			info = strings.ToValidUTF8(info[:100], "")
		}
		db := ""
		if p := x.dbName.Load(); p != nil {
			db = *p
		}
		row := texts(strconv.FormatUint(uint64(x.id), 10), s.user.Name, x.addr, db, command, seconds, state, info)
		if row[6] == nil {
			row[6] = ptr("")
		}
		rows = append(rows, row)
	}
	return rows
}

// plugins are what people can log in with.
var plugins = []string{wire.NativePassword, wire.CachingSHA2Password}

// showGrants lists what the profile amounts to.
func (s *session) showGrants(sh *front.Show) error {
	if sh.User != "" && sh.User != s.user.Name {
		return askwire.Errorf(askwire.DatabaseDenied, "Access denied for user '%s' to database 'mysql'.", s.user.Name).WithHint("SHOW GRANTS shows your own.")
	}
	who := "`" + strings.ReplaceAll(s.user.Name, "`", "``") + "`@`%`"
	rows := [][]*string{texts("GRANT USAGE ON *.* TO " + who)}
	for _, t := range s.b.Policy.Scope().Tables {
		rows = append(rows, texts("GRANT SELECT ON "+front.QuoteName(t.DB)+"."+front.QuoteName(t.Name)+" TO "+who))
	}
	return s.rows(sh, textColumns("Grants for "+s.user.Name+"@%"), rows)
}
