package proxy

import (
	"github.com/askwire/askwire/guard"
)

func controlBegin() guard.Statement        { return guard.Statement{} }
func controlCommit() guard.Statement       { return guard.Statement{} }
func controlRollback() guard.Statement     { return guard.Statement{} }
func controlWarnings() guard.Statement     { return guard.Statement{} }
func controlPins(p pins) []guard.Statement { return nil }
