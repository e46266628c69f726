package askwire

import "time"

// Annotation is one entry of what people know about a database beyond its schema, as the store keeps it: a row of
// askwire.tables, askwire.columns, askwire.terms or askwire.relationships.
type Annotation struct {
	Of      AnnotationKind
	Backend string // "" = every backend

	Database, Table, Column     string // of tables and columns
	NameKo, NameEn, Description string
	Synonyms                    []string // of terms too

	Name, Meaning string   // of terms
	Tables        []string // "db.table"

	From, To string // of relationships: "db.table.column"

	By string // who wrote it last
	At time.Time
}

// AnnotationKind is the store's table that holds an annotation.
type AnnotationKind string

const (
	TableNotes    AnnotationKind = "tables"
	ColumnNotes   AnnotationKind = "columns"
	TermNotes     AnnotationKind = "terms"
	RelationNotes AnnotationKind = "relationships"
)

// AnnotationEdit is a statement on one of the annotation tables: INSERT when it has Rows, UPDATE when it has Set, else
// DELETE. Where holds the rows' equal columns; all of them must match. Texts are as typed, by column.
type AnnotationEdit struct {
	Of    AnnotationKind
	Rows  []map[string]string
	Set   map[string]string
	Where map[string]string
}

// Drift is one change of a backend's schema that a refresh found.
type Drift struct {
	At                               time.Time
	Backend, Database, Table, Column string // Column "" = the table itself
	Kind                             string // added | dropped | type | keys | text: comments and defaults
	Was, Is                          string
}
