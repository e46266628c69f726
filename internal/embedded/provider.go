package main

import (
	"slices"
	"strings"
	"sync"

	"github.com/dolthub/go-mysql-server/sql"
)

// provider holds the databases.
type provider struct {
	mu  sync.RWMutex
	dbs map[string]*database // by lower-case name
}

var _ sql.CollatedDatabaseProvider = (*provider)(nil)

func newProvider() *provider { return &provider{dbs: map[string]*database{}} }

func (p *provider) Database(_ *sql.Context, name string) (sql.Database, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if db, ok := p.dbs[strings.ToLower(name)]; ok {
		return db, nil
	}
	return nil, sql.ErrDatabaseNotFound.New(name)
}

func (p *provider) HasDatabase(_ *sql.Context, name string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, ok := p.dbs[strings.ToLower(name)]
	return ok
}

func (p *provider) AllDatabases(*sql.Context) []sql.Database {
	p.mu.RLock()
	defer p.mu.RUnlock()
	all := make([]sql.Database, 0, len(p.dbs))
	for _, db := range p.dbs {
		all = append(all, db)
	}
	slices.SortFunc(all, func(a, b sql.Database) int { return strings.Compare(a.Name(), b.Name()) })
	return all
}

func (p *provider) CreateDatabase(ctx *sql.Context, name string) error {
	return p.CreateCollatedDatabase(ctx, name, sql.Collation_Default)
}

func (p *provider) CreateCollatedDatabase(_ *sql.Context, name string, collation sql.CollationID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.dbs[strings.ToLower(name)]; ok {
		return sql.ErrDatabaseExists.New(name)
	}
	if collation == sql.Collation_Default || collation == sql.Collation_Unspecified {
		collation = caseless
	}
	p.dbs[strings.ToLower(name)] = &database{name: name, collation: collation, tables: map[string]*table{}, views: map[string]sql.ViewDefinition{}}
	return nil
}

func (p *provider) DropDatabase(_ *sql.Context, name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.dbs, strings.ToLower(name))
	return nil
}

// caseless is the default of MySQL and, nearly, of MariaDB; go-mysql-server's own knows upper and lower case.
const caseless = sql.Collation_utf8mb4_0900_ai_ci

// database holds tables, views and the foreign keys declared between its tables.
type database struct {
	name string

	mu        sync.RWMutex
	collation sql.CollationID
	tables    map[string]*table // by lower-case name
	views     map[string]sql.ViewDefinition
	fks       []sql.ForeignKeyConstraint
}

var (
	_ sql.TableCreator     = (*database)(nil)
	_ sql.TableDropper     = (*database)(nil)
	_ sql.TableRenamer     = (*database)(nil)
	_ sql.ViewDatabase     = (*database)(nil)
	_ sql.CollatedDatabase = (*database)(nil)
)

func (d *database) Name() string { return d.name }

func (d *database) GetTableInsensitive(_ *sql.Context, name string) (sql.Table, bool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	t, ok := d.tables[strings.ToLower(name)]
	if !ok {
		return nil, false, nil // a typed nil would look like a table
	}
	return t, true, nil
}

func (d *database) GetTableNames(*sql.Context) ([]string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	names := make([]string, 0, len(d.tables))
	for _, t := range d.tables {
		names = append(names, t.name)
	}
	slices.Sort(names)
	return names, nil
}

func (d *database) CreateTable(_ *sql.Context, name string, schema sql.PrimaryKeySchema, collation sql.CollationID, comment string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.tables[strings.ToLower(name)]; ok {
		return sql.ErrTableAlreadyExists.New(name)
	}
	d.tables[strings.ToLower(name)] = newTable(d, name, schema, collation, comment)
	return nil
}

func (d *database) DropTable(_ *sql.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.tables[strings.ToLower(name)]; !ok {
		return sql.ErrTableNotFound.New(name)
	}
	delete(d.tables, strings.ToLower(name))
	d.fks = slices.DeleteFunc(d.fks, func(fk sql.ForeignKeyConstraint) bool { return strings.EqualFold(fk.Table, name) })
	return nil
}

func (d *database) RenameTable(_ *sql.Context, from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.tables[strings.ToLower(from)]
	if !ok {
		return sql.ErrTableNotFound.New(from)
	}
	if _, ok := d.tables[strings.ToLower(to)]; ok {
		return sql.ErrTableAlreadyExists.New(to)
	}
	delete(d.tables, strings.ToLower(from))
	d.tables[strings.ToLower(to)] = t.renamed(to)
	for i := range d.fks {
		if strings.EqualFold(d.fks[i].Table, from) {
			d.fks[i].Table = to
		}
		if strings.EqualFold(d.fks[i].ParentTable, from) {
			d.fks[i].ParentTable = to
		}
	}
	return nil
}

func (d *database) GetCollation(*sql.Context) sql.CollationID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.collation
}

func (d *database) SetCollation(_ *sql.Context, c sql.CollationID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.collation = c
	return nil
}

func (d *database) CreateView(ctx *sql.Context, name, selectStatement, createViewStmt string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.views[strings.ToLower(name)]; ok {
		return sql.ErrExistingView.New(d.name, name)
	}
	d.views[strings.ToLower(name)] = sql.ViewDefinition{
		Name: name, TextDefinition: selectStatement, CreateViewStatement: createViewStmt, SqlMode: sql.LoadSqlMode(ctx).String(),
	}
	return nil
}

func (d *database) DropView(_ *sql.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.views[strings.ToLower(name)]; !ok {
		return sql.ErrViewDoesNotExist.New(d.name, name)
	}
	delete(d.views, strings.ToLower(name))
	return nil
}

func (d *database) AllViews(*sql.Context) ([]sql.ViewDefinition, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]sql.ViewDefinition, 0, len(d.views))
	for _, v := range d.views {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b sql.ViewDefinition) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (d *database) GetViewDefinition(_ *sql.Context, name string) (sql.ViewDefinition, bool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	v, ok := d.views[strings.ToLower(name)]
	return v, ok, nil
}
