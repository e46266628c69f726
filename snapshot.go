package askwire

import "time"

// Snapshot is what the catalog knew about one backend at one moment. It is immutable.
type Snapshot struct {
	Backend       string // name of the [[backend]]
	Version       uint64 // grows with every change
	At            time.Time
	Server        Server
	Tables        []*Table // sorted by DB, Name
	Relationships []Relationship
	Terms         []Term

	byName map[[2]string]*Table
}

// NewSnapshot indexes the tables. Names compare as the server's lower_case_table_names says.
func NewSnapshot(s Snapshot) *Snapshot {
	s.byName = make(map[[2]string]*Table, len(s.Tables))
	for _, t := range s.Tables {
		s.byName[[2]string{s.fold(t.DB), s.fold(t.Name)}] = t
	}
	return &s
}

// Table finds a table as the server would.
func (s *Snapshot) Table(db, name string) (*Table, bool) {
	t, ok := s.byName[[2]string{s.fold(db), s.fold(name)}]
	return t, ok
}

func (s *Snapshot) fold(name string) string {
	if s.Server.LowerCase == 0 {
		return name
	}
	return foldName(name)
}

// Table is a base table or view. The names and descriptions beyond Comment come from annotations.
type Table struct {
	DB, Name    string
	View        bool
	Comment     string
	Engine      string
	Collation   string
	Rows        int64 // the server's estimate, -1 when unknown
	Columns     []Column
	PrimaryKey  []string
	Indexes     []Index
	ForeignKeys []ForeignKey
	CreatedAt   time.Time // zero when unknown

	NameKo, NameEn string
	Description    string
	Synonyms       []string
	Fingerprint    uint64 // of names, types, keys and comments: changes when the table does
}

// ID is "db.table".
func (t *Table) ID() string { return t.DB + "." + t.Name }

// Column finds a column; column names never depend on case in MySQL.
func (t *Table) Column(name string) (*Column, bool) {
	f := foldName(name)
	for i := range t.Columns {
		if foldName(t.Columns[i].Name) == f {
			return &t.Columns[i], true
		}
	}
	return nil, false
}

// Column is one column of a table.
type Column struct {
	Name      string
	Type      string // the full type as the server prints it: decimal(10,2)
	DataType  string // its bare name, lower case: decimal
	Nullable  bool
	Default   *string
	Key       string // PRI, UNI, MUL or ""
	Extra     string
	Charset   string
	Collation string
	Comment   string

	NameKo, NameEn string
	Description    string
	Synonyms       []string
	Samples        []string // a few values, only where policy allows
}

// Index is one index in key order.
type Index struct {
	Name    string
	Unique  bool
	Columns []string // "" is an expression

	Invisible bool // to the optimizer, which is MariaDB's IGNORED; no hint may name it
}

// ForeignKey is a declared reference.
type ForeignKey struct {
	Name            string
	Columns         []string
	RefDB, RefTable string
	RefColumns      []string
}

// Relationship is a join path, declared in the database or written by hand.
type Relationship struct {
	From, To ColumnRef
	ByHand   bool
}

// Same reports whether both join the same two columns, in either direction.
func (r Relationship) Same(o Relationship) bool {
	return r.From == o.From && r.To == o.To || r.From == o.To && r.To == o.From
}

// ColumnRef names a column in full.
type ColumnRef struct{ DB, Table, Column string }

// String is "db.table.column".
func (c ColumnRef) String() string { return c.DB + "." + c.Table + "." + c.Column }

// Term is a line of the glossary: what people say, and what it means in this schema.
type Term struct {
	Name     string
	Synonyms []string
	Meaning  string   // for the prompt: an SQL fragment or a sentence
	Tables   []string // "db.table" it points to
}
