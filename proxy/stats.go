package proxy

import "sync/atomic"

// Stats counts what the server does. The fields only grow, but for those that say otherwise.
type Stats struct {
	Sessions       atomic.Int64 // open now
	SessionsTotal  atomic.Int64
	Busy           atomic.Int64 // sessions that run a statement now
	LoginsFailed   atomic.Int64
	SessionsDenied atomic.Int64 // by a limit
	Statements     atomic.Int64 // statements of every kind
	Plain          atomic.Int64 // sent to a backend as plain SQL
	Asks           atomic.Int64
	AskErrors      atomic.Int64
	Decoys         atomic.Int64 // drafts that named a decoy
	Denied         atomic.Int64 // refused by the guard or by the proxy
	Errors         atomic.Int64 // ERR packets of any reason
	Cancelled      atomic.Int64 // by KILL, a closed client or a time limit
	Rows           atomic.Int64
	BytesOut       atomic.Int64
	Summaries      atomic.Int64
	SummariesLate  atomic.Int64 // rows went on without their text
	Panics         atomic.Int64
	AskNanos       atomic.Int64 // time spent in ASK statements
	PlanNanos      atomic.Int64 // of it, planning
}
