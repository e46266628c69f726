package wire

import "fmt"

// Command is the first byte of a packet in the command phase.
//
// See "Command Phase" and enum_server_command in the MySQL source documentation.
type Command byte

// The commands, as the manual spells them.
const (
	COM_SLEEP               Command = 0x00
	COM_QUIT                Command = 0x01
	COM_INIT_DB             Command = 0x02
	COM_QUERY               Command = 0x03
	COM_FIELD_LIST          Command = 0x04
	COM_CREATE_DB           Command = 0x05
	COM_DROP_DB             Command = 0x06
	COM_REFRESH             Command = 0x07
	COM_SHUTDOWN            Command = 0x08
	COM_STATISTICS          Command = 0x09
	COM_PROCESS_INFO        Command = 0x0a
	COM_CONNECT             Command = 0x0b
	COM_PROCESS_KILL        Command = 0x0c
	COM_DEBUG               Command = 0x0d
	COM_PING                Command = 0x0e
	COM_TIME                Command = 0x0f
	COM_DELAYED_INSERT      Command = 0x10
	COM_CHANGE_USER         Command = 0x11
	COM_BINLOG_DUMP         Command = 0x12
	COM_TABLE_DUMP          Command = 0x13
	COM_CONNECT_OUT         Command = 0x14
	COM_REGISTER_SLAVE      Command = 0x15
	COM_STMT_PREPARE        Command = 0x16
	COM_STMT_EXECUTE        Command = 0x17
	COM_STMT_SEND_LONG_DATA Command = 0x18
	COM_STMT_CLOSE          Command = 0x19
	COM_STMT_RESET          Command = 0x1a
	COM_SET_OPTION          Command = 0x1b
	COM_STMT_FETCH          Command = 0x1c
	COM_DAEMON              Command = 0x1d
	COM_BINLOG_DUMP_GTID    Command = 0x1e
	COM_RESET_CONNECTION    Command = 0x1f
	COM_CLONE               Command = 0x20
)

var commandNames = [...]string{
	"COM_SLEEP", "COM_QUIT", "COM_INIT_DB", "COM_QUERY", "COM_FIELD_LIST", "COM_CREATE_DB", "COM_DROP_DB", "COM_REFRESH",
	"COM_SHUTDOWN", "COM_STATISTICS", "COM_PROCESS_INFO", "COM_CONNECT", "COM_PROCESS_KILL", "COM_DEBUG", "COM_PING",
	"COM_TIME", "COM_DELAYED_INSERT", "COM_CHANGE_USER", "COM_BINLOG_DUMP", "COM_TABLE_DUMP", "COM_CONNECT_OUT",
	"COM_REGISTER_SLAVE", "COM_STMT_PREPARE", "COM_STMT_EXECUTE", "COM_STMT_SEND_LONG_DATA", "COM_STMT_CLOSE",
	"COM_STMT_RESET", "COM_SET_OPTION", "COM_STMT_FETCH", "COM_DAEMON", "COM_BINLOG_DUMP_GTID", "COM_RESET_CONNECTION",
	"COM_CLONE",
}

// String is the manual's name, or the byte for a command that the manual does not know.
func (c Command) String() string {
	if int(c) < len(commandNames) {
		return commandNames[c]
	}
	return fmt.Sprintf("command 0x%02x", byte(c))
}

// Capabilities are the flags that client and server agree on in the connection phase ("Capabilities Flags").
type Capabilities uint32

// The capability flags, as the manual spells them.
const (
	CLIENT_LONG_PASSWORD                  Capabilities = 1 << 0
	CLIENT_FOUND_ROWS                     Capabilities = 1 << 1
	CLIENT_LONG_FLAG                      Capabilities = 1 << 2
	CLIENT_CONNECT_WITH_DB                Capabilities = 1 << 3
	CLIENT_NO_SCHEMA                      Capabilities = 1 << 4
	CLIENT_COMPRESS                       Capabilities = 1 << 5
	CLIENT_ODBC                           Capabilities = 1 << 6
	CLIENT_LOCAL_FILES                    Capabilities = 1 << 7
	CLIENT_IGNORE_SPACE                   Capabilities = 1 << 8
	CLIENT_PROTOCOL_41                    Capabilities = 1 << 9
	CLIENT_INTERACTIVE                    Capabilities = 1 << 10
	CLIENT_SSL                            Capabilities = 1 << 11
	CLIENT_IGNORE_SIGPIPE                 Capabilities = 1 << 12
	CLIENT_TRANSACTIONS                   Capabilities = 1 << 13
	CLIENT_SECURE_CONNECTION              Capabilities = 1 << 15
	CLIENT_MULTI_STATEMENTS               Capabilities = 1 << 16
	CLIENT_MULTI_RESULTS                  Capabilities = 1 << 17
	CLIENT_PS_MULTI_RESULTS               Capabilities = 1 << 18
	CLIENT_PLUGIN_AUTH                    Capabilities = 1 << 19
	CLIENT_CONNECT_ATTRS                  Capabilities = 1 << 20
	CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA Capabilities = 1 << 21
	CLIENT_SESSION_TRACK                  Capabilities = 1 << 23
	CLIENT_DEPRECATE_EOF                  Capabilities = 1 << 24
)

// Offered is what the proxy announces to every client; CLIENT_SSL is added where TLS is configured. What is missing here
// (compression, query attributes, LOCAL INFILE, optional metadata) is not spoken, whatever a client asks.
const Offered = CLIENT_LONG_PASSWORD | CLIENT_FOUND_ROWS | CLIENT_LONG_FLAG | CLIENT_CONNECT_WITH_DB | CLIENT_ODBC |
	CLIENT_IGNORE_SPACE | CLIENT_PROTOCOL_41 | CLIENT_INTERACTIVE | CLIENT_TRANSACTIONS | CLIENT_SECURE_CONNECTION |
	CLIENT_MULTI_STATEMENTS | CLIENT_MULTI_RESULTS | CLIENT_PS_MULTI_RESULTS | CLIENT_PLUGIN_AUTH | CLIENT_CONNECT_ATTRS |
	CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA | CLIENT_SESSION_TRACK | CLIENT_DEPRECATE_EOF

// Has reports whether all flags of f are set.
func (c Capabilities) Has(f Capabilities) bool { return c&f == f }

// Status is the set of status flags in OK and EOF packets ("SERVER_STATUS_flags_enum").
type Status uint16

// The status flags, as the manual spells them.
const (
	SERVER_STATUS_IN_TRANS             Status = 0x0001
	SERVER_STATUS_AUTOCOMMIT           Status = 0x0002
	SERVER_MORE_RESULTS_EXISTS         Status = 0x0008
	SERVER_STATUS_NO_GOOD_INDEX_USED   Status = 0x0010
	SERVER_STATUS_NO_INDEX_USED        Status = 0x0020
	SERVER_STATUS_CURSOR_EXISTS        Status = 0x0040
	SERVER_STATUS_LAST_ROW_SENT        Status = 0x0080
	SERVER_STATUS_DB_DROPPED           Status = 0x0100
	SERVER_STATUS_NO_BACKSLASH_ESCAPES Status = 0x0200
	SERVER_STATUS_METADATA_CHANGED     Status = 0x0400
	SERVER_QUERY_WAS_SLOW              Status = 0x0800
	SERVER_PS_OUT_PARAMS               Status = 0x1000
	SERVER_STATUS_IN_TRANS_READONLY    Status = 0x2000
	SERVER_SESSION_STATE_CHANGED       Status = 0x4000
	SERVER_STATUS_ANSI_QUOTES          Status = 0x8000 // MariaDB's
)
