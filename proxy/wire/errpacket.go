package wire

import (
	"errors"

	"github.com/askwire/askwire"
)

// errPacket is what a client sees of a code.
type errPacket struct {
	number uint16
	state  string
}

// errPackets is the one table from codes to MySQL's error numbers and SQLSTATEs. Numbers from 50301 are askwire's own.
var errPackets = map[askwire.Code]errPacket{
	askwire.Internal: {1105, "HY000"},

	askwire.Syntax:            {1064, "42000"},
	askwire.EmptyStatement:    {1065, "42000"},
	askwire.NoDatabase:        {1046, "3D000"},
	askwire.UnknownDatabase:   {1049, "42000"},
	askwire.UnknownTable:      {1146, "42S02"},
	askwire.UnknownColumn:     {1054, "42S22"},
	askwire.AmbiguousColumn:   {1052, "23000"},
	askwire.DuplicateAlias:    {1066, "42000"},
	askwire.TableDenied:       {1142, "42000"},
	askwire.ColumnDenied:      {1143, "42000"},
	askwire.DatabaseDenied:    {1044, "42000"},
	askwire.PrivilegeDenied:   {1227, "42000"},
	askwire.NotSupported:      {1235, "42000"},
	askwire.FunctionDenied:    {50306, "42000"},
	askwire.PolicyDenied:      {50306, "42000"},
	askwire.BadText:           {1300, "HY000"},
	askwire.TooComplex:        {50305, "HY000"},
	askwire.TooCostly:         {50305, "HY000"},
	askwire.WrongArguments:    {1210, "HY000"},
	askwire.UnknownVariable:   {1193, "HY000"},
	askwire.WrongValue:        {1231, "42000"},
	askwire.ReadOnlyVariable:  {1238, "HY000"},
	askwire.UnknownCharset:    {1115, "42000"},
	askwire.UnknownCollation:  {1273, "HY000"},
	askwire.UnknownStatement:  {1243, "HY000"},
	askwire.NoCursor:          {1421, "HY000"},
	askwire.UnknownThread:     {1094, "HY000"},
	askwire.NotOwner:          {1095, "HY000"},
	askwire.FieldCountDiffers: {1222, "21000"},
	askwire.NoPolicyValue:     {50306, "42000"},
	askwire.NameTooLong:       {1059, "42000"},
	askwire.UnknownSavepoint:  {1305, "42000"},

	askwire.AccessDenied:    {1045, "28000"},
	askwire.TooManySessions: {1040, "08004"},
	askwire.UserLimit:       {1226, "42000"},
	askwire.UnknownCommand:  {1047, "08S01"},
	askwire.BadPacket:       {1835, "HY000"},
	askwire.PacketTooLarge:  {1153, "08S01"},
	askwire.TLSRequired:     {3159, "HY000"},
	askwire.ShuttingDown:    {1053, "08S01"},

	askwire.Interrupted: {1317, "70100"},
	askwire.Timeout:     {3024, "HY000"},

	askwire.NotAnswerable:      {50301, "HY000"},
	askwire.NoUsableSQL:        {50302, "HY000"},
	askwire.ModelUnavailable:   {50303, "08S01"},
	askwire.QuotaExceeded:      {50304, "HY000"},
	askwire.Ambiguous:          {50307, "HY000"},
	askwire.StaleQuestion:      {50308, "HY000"},
	askwire.BackendUnavailable: {50309, "08S01"},
	askwire.DecoyUsed:          {50310, "42000"},
}

// ErrorNumber is the MySQL error number, SQLSTATE and message that a client gets for err. A backend's own error keeps
// all three. With compatible, askwire's own numbers become 1064 42000: some clients show a message only then. An error that
// is neither says nothing of its cause; that belongs into the log.
func ErrorNumber(err error, compatible bool) (number uint16, state, message string) {
	var server *ServerError
	if errors.As(err, &server) {
		return server.Number, server.State, server.Message
	}
	var own *askwire.Error
	if !errors.As(err, &own) {
		return 1105, "HY000", "An internal error of askwire. Tell the operator the time; the log has the cause."
	}
	e, ok := errPackets[own.Code]
	if !ok {
		e = errPackets[askwire.Internal]
	}
	if compatible && e.number >= 50301 {
		e = errPackets[askwire.Syntax]
	}
	return e.number, e.state, own.Error()
}

// WriteError queues an ERR packet for err.
func (c *Conn) WriteError(err error) error {
	number, state, message := ErrorNumber(err, c.compatible)
	return c.WriteERR(number, state, message)
}
