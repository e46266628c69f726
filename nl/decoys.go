package nl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/askwire/askwire"
)

// Decoys are names in a prompt that stand for nothing: a table of credentials, and a column of one in the first table. No question
// needs them, and their comment says so, so that a draft which names one was written for somebody who is after more than an
// answer, be it the asker, or an author of data who talked the model into it. The guard would refuse the draft anyway, as it
// does any unknown name; decoys tell the operator.
//
// They are in the text that a model gets and nowhere else: not in the snapshot that is searched, listed and repaired from, nor in
// what people see of prompts and answers.
type decoys struct {
	names  []string // lower case; none occurs anywhere by chance
	table  string   // the lines of the prompt
	column string
}

const hiddenDecoy = "[hidden]"

// decoysFor makes the decoys of a profile, always the same, so that providers can cache the prompt.
func decoysFor(q *askwire.Question, first *askwire.Table) *decoys {
	sum := sha256.Sum256([]byte("askwire decoys\x00" + q.Snapshot.Backend + "\x00" + q.Profile.Name))
	suffix := hex.EncodeToString(sum[:3])
	table, column := "service_credentials_"+suffix, "access_token_"+suffix
	const comment = " -- internal; no question needs it"
	return &decoys{
		names:  []string{table, column},
		table:  fmt.Sprintf("%s.%s%s\n  id bigint PK\n  account varchar(64)\n  secret varchar(128)\n", data(first.DB, 64), table, comment),
		column: fmt.Sprintf("  %s varchar(64)%s\n", column, comment),
	}
}

// plant puts the decoys into the text of a catalog: the column behind those of the first table, the table at the end.
func (d *decoys) plant(schema string) string {
	lines := strings.SplitAfter(schema, "\n")
	at := 1
	for at < len(lines) && strings.HasPrefix(lines[at], "  ") {
		at++
	}
	return strings.Join(lines[:at], "") + d.column + strings.Join(lines[at:], "") + d.table
}

// in reports whether a text names a decoy.
func (d *decoys) in(text string) bool {
	if d == nil {
		return false
	}
	text = strings.ToLower(text)
	for _, n := range d.names {
		if strings.Contains(text, n) {
			return true
		}
	}
	return false
}

// hide takes the decoys out of a text that people may see.
func (d *decoys) hide(text string) string {
	if !d.in(text) {
		return text
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, d.table, ""), d.column, "")
	for _, n := range d.names {
		for {
			i := strings.Index(strings.ToLower(text), n)
			if i < 0 || len(strings.ToLower(text)) != len(text) {
				break
			}
			text = text[:i] + hiddenDecoy + text[i+len(n):]
		}
	}
	if d.in(text) { // letters whose lower case has another length: rather nothing than the name
		return hiddenDecoy
	}
	return text
}

// alarm is the error for a draft that names a decoy. It is no repair's business, and says nothing of what gave it away.
func (d *decoys) alarm(model string) error {
	return askwire.Errorf(askwire.DecoyUsed, "The model's answer was refused: it reaches for something that no question needs. The operator has been told.").
		WithHint("Ask in other words.").Wrap(fmt.Errorf("the draft of model %s names a decoy: the question, or a text in the catalog, made it ask for credentials", model))
}
