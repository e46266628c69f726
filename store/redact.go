package store

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/askwire/askwire"
)

// redactor keeps literals out of the records of statements that name certain columns. It does not understand SQL: a
// statement that names such a column anywhere loses all its literals, so that it errs on the safe side.
type redactor struct {
	columns map[string]bool // bare names, folded
}

const mask = "?"

// newRedactor takes "phone", "customers.phone" and "shop.customers.phone"; only the last part counts, because a
// statement may name the column through any alias.
func newRedactor(columns []string) redactor {
	r := redactor{columns: make(map[string]bool)}
	for _, c := range columns {
		c = strings.Trim(strings.ToLower(c[strings.LastIndexByte(c, '.')+1:]), "`\" ")
		if c != "" {
			r.columns[c] = true
		}
	}
	return r
}

// query returns the texts of a record as they may be kept.
func (r redactor) query(q *askwire.QueryRecord) (question, draft, statement, message string, redacted bool) {
	question, draft, statement, message = q.Question, q.Draft, q.Statement, q.Error
	if len(r.columns) == 0 || !r.names(draft) && !r.names(statement) && !r.names(question) {
		return question, draft, statement, message, false
	}
	return maskWords(question), maskSQL(draft), maskSQL(statement), maskWords(message), true
}

// call returns the texts of a model call. A prompt that names the column holds the schema and may hold examples and
// sample values; its digest is kept, it is not.
func (r redactor) call(c *askwire.ModelCall) (question, prompt, response, message string, redacted bool) {
	question, prompt, response, message = c.Question, c.Prompt, c.Response, c.Error
	if len(r.columns) == 0 || !r.names(prompt) && !r.names(response) && !r.names(question) {
		return question, prompt, response, message, false
	}
	if prompt != "" {
		prompt = "(not kept: it names a redacted column)"
	}
	return maskWords(question), prompt, maskWords(response), maskWords(message), true
}

// names reports whether text has one of the columns as a whole word, quoted or not.
func (r redactor) names(text string) bool {
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		if !wordRune(c) {
			i += n
			continue
		}
		start := i
		for i < len(text) {
			if c, n = utf8.DecodeRuneInString(text[i:]); !wordRune(c) {
				break
			}
			i += n
		}
		if r.columns[strings.ToLower(text[start:i])] {
			return true
		}
	}
	return false
}

func wordRune(c rune) bool { return c == '_' || c == '$' || unicode.IsLetter(c) || unicode.IsDigit(c) }

// maskSQL replaces every literal: quoted texts (double quotes too, which may be identifiers), numbers, and comments.
func maskSQL(sql string) string {
	var b strings.Builder
	for i := 0; i < len(sql); {
		switch c := sql[i]; {
		case c == '\'' || c == '"':
			i = skipQuoted(sql, i)
			b.WriteString(mask)
		case c == '`':
			end := skipQuoted(sql, i)
			b.WriteString(sql[i:end])
			i = end
		case c == '#', strings.HasPrefix(sql[i:], "-- "), strings.HasPrefix(sql[i:], "--\n"), strings.HasPrefix(sql[i:], "--\t"):
			end := strings.IndexByte(sql[i:], '\n')
			if end < 0 {
				return b.String()
			}
			i += end
		case strings.HasPrefix(sql[i:], "/*"):
			end := strings.Index(sql[i+2:], "*/")
			if end < 0 {
				return b.String()
			}
			i += end + 4
		case c >= '0' && c <= '9':
			// 12, 1.5, 1e9, 0xFF; a sign before the exponent's digits is left where it is, its digits go too.
			for i < len(sql) && (wordByte(sql[i]) || sql[i] == '.') {
				i++
			}
			b.WriteString(mask)
		case wordByte(c):
			start := i
			for i < len(sql) && wordByte(sql[i]) {
				i++
			}
			b.WriteString(sql[start:i])
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// skipQuoted returns the index after the quoted text that begins at i, or the end of the text.
func skipQuoted(s string, i int) int {
	q := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == '\\' && q != '`':
			i++
		case s[i] == q:
			if i+1 < len(s) && s[i+1] == q {
				i++
				continue
			}
			return i + 1
		}
	}
	return len(s)
}

// maskWords masks what may be a value in prose or JSON: quoted texts, and words that have a digit or an @.
func maskWords(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case c == '\'' || c == '"' || c == '`':
			i = skipQuoted(text, i)
			b.WriteString(mask)
		case c == '“' || c == '‘':
			closing := "”"
			if c == '‘' {
				closing = "’"
			}
			end := strings.Index(text[i:], closing)
			if end < 0 {
				end = len(text) - i - len(closing)
			}
			i += end + len(closing)
			b.WriteString(mask)
		case unicode.IsSpace(c):
			b.WriteRune(c)
			i += n
		default:
			start := i
			secret := false
			for i < len(text) {
				c, n = utf8.DecodeRuneInString(text[i:])
				if unicode.IsSpace(c) || strings.ContainsRune("'\"`“‘", c) {
					break
				}
				secret = secret || unicode.IsDigit(c) || c == '@'
				i += n
			}
			if secret {
				b.WriteString(mask)
			} else {
				b.WriteString(text[start:i])
			}
		}
	}
	return b.String()
}
