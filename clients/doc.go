// Package clients holds askwire to what real MySQL clients see of a server.
//
// Each client runs one script four times: against MariaDB and MySQL, directly and through askwire. Two transcripts are kept
// of a run: what the client's interface gave (the script prints it, one JSON object a line), and what was on the wire (a
// Recorder between client and server, which decodes every packet). Compare sets the direct run against the one through
// askwire; a difference that is in no class of Classes is a failure, and no class can excuse the types, lengths, flags and
// character sets of columns, the bytes of rows or the numbers of errors. A question, which no server answers directly, is
// compared with its SQL, sent directly, and one more column.
//
// The run itself is a test behind the build tag clients: `make clients` installs the clients and starts it.
package clients
