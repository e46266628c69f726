package front

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Select returns the SELECT on information_schema that answers the statement, with the column headings of MySQL's SHOW.
// Database and table must be set to what they resolve to. It is false for a SHOW that the proxy answers by itself.
//
// The condition of a WHERE goes into the text as the client wrote it, around the columns: the guard reads all of it.
func (s *Show) Select(mode lex.Mode, server askwire.Server) (string, bool) {
	q := showQuery{mode: mode}
	switch s.What {
	case Databases:
		heading := "Database"
		if s.Like != nil {
			heading += " (" + *s.Like + ")"
		}
		q.from, q.order, q.likeOn = "SCHEMATA", sorted("SCHEMA_NAME", server), "SCHEMA_NAME"
		q.col("SCHEMA_NAME", heading)
	case ShowTables:
		heading := "Tables_in_" + s.DB
		if s.Like != nil {
			heading += " (" + *s.Like + ")"
		}
		q.from, q.order, q.likeOn = "TABLES", sorted("TABLE_NAME", server), "TABLE_NAME"
		q.equal("TABLE_SCHEMA", s.DB)
		q.col("TABLE_NAME", heading)
		if s.Full {
			q.col("TABLE_TYPE", "Table_type")
		}
	case Columns:
		s.columns(&q, server)
	case Indexes:
		s.indexes(&q, server)
	case TableStatus:
		s.tableStatus(&q, server)
	case Collations:
		q.from, q.order, q.likeOn = "COLLATIONS", "COLLATION_NAME", "COLLATION_NAME"
		for _, c := range [][2]string{{"COLLATION_NAME", "Collation"}, {"CHARACTER_SET_NAME", "Charset"}, {"ID", "Id"}, {"IS_DEFAULT", "Default"},
			{"IS_COMPILED", "Compiled"}, {"SORTLEN", "Sortlen"}} {
			q.col(c[0], c[1])
		}
		if server.Family == askwire.MySQL && server.Major >= 8 {
			q.col("PAD_ATTRIBUTE", "Pad_attribute")
		}
	case CharacterSets:
		q.from, q.order, q.likeOn = "CHARACTER_SETS", "CHARACTER_SET_NAME", "CHARACTER_SET_NAME"
		for _, c := range [][2]string{{"CHARACTER_SET_NAME", "Charset"}, {"DESCRIPTION", "Description"}, {"DEFAULT_COLLATE_NAME", "Default collation"},
			{"MAXLEN", "Maxlen"}} {
			q.col(c[0], c[1])
		}
	default:
		return "", false
	}
	return q.text(s), true
}

// sorted is the order of names in lists: MariaDB and TiDB go by their bytes, MySQL by the collation.
func sorted(name string, server askwire.Server) string {
	if server.Family == askwire.MariaDB || server.Family == askwire.TiDB {
		return "CAST(" + name + " AS BINARY)"
	}
	return name
}

// defaultOf undoes how MariaDB writes defaults in information_schema since 10.2: literals in quotes, and the word NULL.
const defaultOf = "CASE WHEN COLUMN_DEFAULT = 'NULL' THEN NULL WHEN COLUMN_DEFAULT LIKE '''%''' " +
	"THEN REPLACE(SUBSTRING(COLUMN_DEFAULT, 2, CHAR_LENGTH(COLUMN_DEFAULT) - 2), '''''', '''') ELSE COLUMN_DEFAULT END"

func (s *Show) columns(q *showQuery, server askwire.Server) {
	q.from, q.order, q.likeOn = "COLUMNS", "ORDINAL_POSITION", "COLUMN_NAME"
	q.equal("TABLE_SCHEMA", s.DB)
	q.equal("TABLE_NAME", s.Table)
	if s.Column != "" {
		q.equal("COLUMN_NAME", s.Column)
	}
	def := "COLUMN_DEFAULT"
	if server.Family == askwire.MariaDB {
		def = defaultOf
	}
	q.col("COLUMN_NAME", "Field")
	q.col("COLUMN_TYPE", "Type")
	if s.Full {
		q.col("COLLATION_NAME", "Collation")
	}
	q.col("IS_NULLABLE", "Null")
	q.col("COLUMN_KEY", "Key")
	q.col(def, "Default")
	q.col("EXTRA", "Extra")
	if s.Full {
		q.col("'select'", "Privileges")
		q.col("COLUMN_COMMENT", "Comment")
	}
}

func (s *Show) indexes(q *showQuery, server askwire.Server) {
	q.from, q.order = "STATISTICS", "INDEX_NAME = 'PRIMARY' DESC, NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX"
	if len(s.Order) > 0 {
		place := "FIELD(INDEX_NAME"
		for _, name := range s.Order {
			place += ", " + QuoteText(name, q.mode)
		}
		place += ")"
		q.order = place + " = 0, " + place + ", INDEX_NAME, SEQ_IN_INDEX"
	}
	q.equal("TABLE_SCHEMA", s.DB)
	q.equal("TABLE_NAME", s.Table)
	for _, c := range [][2]string{{"TABLE_NAME", "Table"}, {"NON_UNIQUE", "Non_unique"}, {"INDEX_NAME", "Key_name"}, {"SEQ_IN_INDEX", "Seq_in_index"},
		{"COLUMN_NAME", "Column_name"}, {"COLLATION", "Collation"}, {"CARDINALITY", "Cardinality"}, {"SUB_PART", "Sub_part"}, {"PACKED", "Packed"},
		{"NULLABLE", "Null"}, {"INDEX_TYPE", "Index_type"}, {"COMMENT", "Comment"}, {"INDEX_COMMENT", "Index_comment"}} {
		if c[1] == "Packed" && server.Family == askwire.MySQL {
			c[0] = "NULL" // as MySQL has it
		}
		q.col(c[0], c[1])
	}
	switch {
	case server.Family == askwire.MySQL && server.Major >= 8:
		q.col("'YES'", "Visible")
		q.col("CAST(NULL AS CHAR)", "Expression")
	case server.Family == askwire.MariaDB && server.AtLeast(10, 6):
		q.col("'NO'", "Ignored")
	}
}

func (s *Show) tableStatus(q *showQuery, server askwire.Server) {
	q.from, q.order, q.likeOn = "TABLES", sorted("TABLE_NAME", server), "TABLE_NAME"
	q.equal("TABLE_SCHEMA", s.DB)
	for _, c := range [][2]string{{"TABLE_NAME", "Name"}, {"ENGINE", "Engine"}, {"VERSION", "Version"}, {"ROW_FORMAT", "Row_format"}, {"TABLE_ROWS", "Rows"},
		{"AVG_ROW_LENGTH", "Avg_row_length"}, {"DATA_LENGTH", "Data_length"}, {"MAX_DATA_LENGTH", "Max_data_length"}, {"INDEX_LENGTH", "Index_length"},
		{"DATA_FREE", "Data_free"}, {"AUTO_INCREMENT", "Auto_increment"}, {"CREATE_TIME", "Create_time"}, {"UPDATE_TIME", "Update_time"},
		{"CHECK_TIME", "Check_time"}, {"TABLE_COLLATION", "Collation"}, {"CHECKSUM", "Checksum"}, {"CREATE_OPTIONS", "Create_options"},
		{"TABLE_COMMENT", "Comment"}} {
		q.col(c[0], c[1])
	}
	if server.Family == askwire.MariaDB && server.AtLeast(10, 3) {
		q.col("MAX_INDEX_LENGTH", "Max_index_length")
		q.col("TEMPORARY", "Temporary")
	}
}

// showQuery collects the parts of the SELECT.
type showQuery struct {
	mode                lex.Mode
	cols, where         []string
	from, order, likeOn string
}

func (q *showQuery) col(expr, heading string) {
	q.cols = append(q.cols, expr+" AS "+QuoteName(heading))
}

func (q *showQuery) equal(column, value string) {
	q.where = append(q.where, column+" = "+QuoteText(value, q.mode))
}

func (q *showQuery) text(s *Show) string {
	if s.LikeText != "" && q.likeOn != "" {
		q.where = append(q.where, q.likeOn+" LIKE "+s.LikeText)
	}
	var b strings.Builder
	b.WriteString("SELECT " + strings.Join(q.cols, ", ") + " FROM information_schema." + q.from)
	if len(q.where) > 0 {
		b.WriteString(" WHERE " + strings.Join(q.where, " AND "))
	}
	if s.Where == "" {
		b.WriteString(" ORDER BY " + q.order)
		return b.String()
	}
	// The line break ends a comment that the condition may end in.
	return "SELECT * FROM (" + b.String() + ") AS `show` WHERE (" + s.Where + "\n)"
}
