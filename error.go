package askwire

import (
	"errors"
	"fmt"
)

// Error is the one error type that crosses room borders.
//
// Message and Hint are for the person at the MySQL prompt: Message says what is wrong, Hint what to do about it. Neither
// names anything that the person may not see. Err is for the operator's log and never reaches a client.
type Error struct {
	Op      string // the step that failed, such as "guard.Check"; for the log
	Code    Code
	Message string
	Hint    string
	Err     error
}

// Error returns what a client sees: the message, and what to do as its last sentence.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " " + e.Hint
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an *Error without a hint.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns a copy of e that ends in what to do.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// Wrap returns a copy of e that carries err for the log.
func (e *Error) Wrap(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// CodeOf returns the code of the first *Error in err's chain, and Internal for any other error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Code names a kind of failure. Package proxy holds the one table that turns a code into MySQL's error number and SQLSTATE.
type Code uint8

const (
	Internal Code = iota // a defect of askwire; the log has the cause

	// What is wrong with the statement, in MySQL's own numbers.
	Syntax            // 1064 42000
	EmptyStatement    // 1065 42000
	NoDatabase        // 1046 3D000
	UnknownDatabase   // 1049 42000
	UnknownTable      // 1146 42S02
	UnknownColumn     // 1054 42S22
	AmbiguousColumn   // 1052 23000
	DuplicateAlias    // 1066 42000
	TableDenied       // 1142 42000
	ColumnDenied      // 1143 42000
	DatabaseDenied    // 1044 42000
	PrivilegeDenied   // 1227 42000
	NotSupported      // 1235 42000
	FunctionDenied    // 50306 42000
	PolicyDenied      // 50306 42000: refused by policy where no MySQL number fits
	BadText           // 1300 HY000: not UTF-8, or a NUL byte
	TooComplex        // 50305 HY000: text, depth, number of tables
	TooCostly         // 50305 HY000: scan estimate, result rows or bytes
	WrongArguments    // 1210 HY000
	UnknownVariable   // 1193 HY000
	WrongValue        // 1231 42000
	ReadOnlyVariable  // 1238 HY000
	UnknownCharset    // 1115 42000
	UnknownCollation  // 1273 HY000
	UnknownStatement  // 1243 HY000: prepared statement id
	UnknownThread     // 1094 HY000: KILL
	NotOwner          // 1095 HY000: KILL
	FieldCountDiffers // 1222 21000: UNION sides
	NoCursor          // 1421 HY000: COM_STMT_FETCH
	NoPolicyValue     // 50306 42000: a policy variable has no value in this session
	NameTooLong       // 1059 42000
	UnknownSavepoint  // 1305 42000

	// Connection phase and packets.
	AccessDenied    // 1045 28000
	TooManySessions // 1040 08004
	UserLimit       // 1226 42000
	UnknownCommand  // 1047 08S01
	BadPacket       // 1835 HY000
	PacketTooLarge  // 1153 08S01
	TLSRequired     // 3159 HY000
	ShuttingDown    // 1053 08S01

	// Execution.
	Interrupted // 1317 70100
	Timeout     // 3024 HY000

	// askwire's own numbers.
	NotAnswerable      // 50301 HY000
	NoUsableSQL        // 50302 HY000
	ModelUnavailable   // 50303 08S01
	QuotaExceeded      // 50304 HY000
	Ambiguous          // 50307 HY000
	StaleQuestion      // 50308 HY000
	BackendUnavailable // 50309 08S01: backend or store
	DecoyUsed          // 50310 42000: a model's draft names a decoy

	numCodes
)

// Codes returns every code, for tables that must be complete.
func Codes() []Code {
	out := make([]Code, numCodes)
	for i := range out {
		out[i] = Code(i)
	}
	return out
}

// Denial reports whether the failure is a refusal of the statement, and not a failure of the world.
func (c Code) Denial() bool { return c.ModelCanCorrect() || c == NoPolicyValue || c == DecoyUsed }

// ModelCanCorrect reports whether the failure is of a kind that a model can correct when it is shown the message: it
// wrote the statement, so it can write another. Failures of the world (login, time, budget) end the request.
func (c Code) ModelCanCorrect() bool {
	switch c {
	case Syntax, EmptyStatement, NoDatabase, UnknownDatabase, UnknownTable, UnknownColumn, AmbiguousColumn, DuplicateAlias,
		TableDenied, ColumnDenied, DatabaseDenied, PrivilegeDenied, NotSupported, FunctionDenied, PolicyDenied, BadText,
		TooComplex, TooCostly, WrongArguments, FieldCountDiffers, UnknownCollation, UnknownCharset, UnknownVariable:
		return true
	default:
		return false
	}
}
