package clients

// Transcript is what one connection said and heard.
type Transcript struct {
	Greeting  Greeting
	Login     []Reply // to the connection phase: one, OK or ERR
	Exchanges []Exchange
}

// Greeting is the server's first packet, without what is random.
type Greeting struct {
	Version      string
	ID           uint32 `json:"-"`
	Capabilities uint64 // 64 bits with MariaDB's extended ones; without CLIENT_SSL, which a Recorder takes out
	Collation    byte
	Status       uint16
	Plugin       string
}

// Exchange is a command with all that the server answered to it.
type Exchange struct {
	Command string
	Text    string // of a statement; of a prepared one in COM_STMT_EXECUTE too
	Replies []Reply
	asked   string // the text, where a comparison has put the SQL of a question in its place
}

// Reply is an OK, an ERR or a result set.
type Reply struct {
	OK      *OK      `json:",omitempty"`
	Error   *Error   `json:",omitempty"`
	Params  []Column `json:",omitempty"` // of COM_STMT_PREPARE
	Columns []Column `json:",omitempty"`
	Rows    *Rows    `json:",omitempty"`
	Cursor  bool     `json:",omitempty"` // the rows came by as many COM_STMT_FETCH
	Fetches int      `json:",omitempty"`
	Text    string   `json:",omitempty"` // of COM_STATISTICS
	Cut     bool     `json:",omitempty"` // the connection ended before the answer did
	// Described says that an error came after definitions and without rows; the definitions are left out.
	Described bool `json:",omitempty"`
}

// OK is an OK packet, or the one that ends a result set.
type OK struct {
	Affected, InsertID uint64
	Status, Warnings   uint16
	Info               string
	Tracked            string `json:",omitempty"` // session state information, as it came
}

// Error is an ERR packet.
type Error struct {
	Number   uint16
	SQLState string
	Message  string
}

// Column is a column definition, in full.
type Column struct {
	Schema, Table, OrgTable, Name, OrgName string
	Extended                               string `json:",omitempty"` // MariaDB's extended metadata
	Charset                                uint16
	Length                                 uint32
	Type                                   byte
	Flags                                  uint16
	Decimals                               byte
	Default                                string `json:",omitempty"` // of COM_FIELD_LIST
}

// keptRows is how many rows of a result a transcript shows; of more it has the count and the sum alone.
const keptRows = 1000

// Rows are the rows of a result. A value is the bytes that it had on the wire, without their length; NULL is nil.
type Rows struct {
	Count int
	First [][]*string `json:",omitempty"` // the first keptRows
	Sum   string      // SHA-256 over all values
}
