package nl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/guard/lex"
)

// Embedder turns texts into vectors. Its errors are those of Model.
type Embedder interface {
	Embed(ctx context.Context, texts []string) (Embeddings, error)
	EmbeddingsModel() string // "" = it has none
}

// Embeddings are vectors of one length, in the order of their texts.
type Embeddings struct {
	Vectors [][]float32
	Tokens  askwire.Tokens
	Cost    float64
}

// Vectors keeps vectors for several proxies and for later. Package store has one.
type Vectors interface {
	// Vector returns what KeepVector was given, or nil.
	Vector(ctx context.Context, key string) []float32
	// KeepVector returns at once.
	KeepVector(key string, v []float32)
}

// maxVectors bounds what this process holds: 100 MB of vectors of 1,536 numbers.
const maxVectors = 16_384

// embedder is the model's, if it has one.
func (m NamedModel) embedder() (Embedder, bool) {
	e, ok := m.Model.(Embedder)
	return e, ok && e.EmbeddingsModel() != ""
}

// embed turns what is looked for into a vector: from this proxy's memory, from the store, or by a call, which is recorded and counted.
func (a *Asker) embed(ctx context.Context, q *askwire.Question, m NamedModel, text string) ([]float32, error) {
	e, ok := m.embedder()
	if !ok {
		return nil, askwire.Errorf(askwire.FunctionDenied, "EMBED is not available: the model %q has no embeddings.", m.Name).
			WithHint("Compare words with LIKE, or ask the operator to set embeddings_model.")
	}
	text = m.QueryPrefix + text
	key := cacheKey(sha256.Sum256([]byte(m.Name + "\x00" + e.EmbeddingsModel() + "\x00" + text)))
	if v, ok := a.vectors.get(key, q.Now); ok {
		return v, nil
	}
	name := hex.EncodeToString(key[:])
	if a.sharedVectors != nil {
		if v := a.sharedVectors.Vector(ctx, name); len(v) > 0 {
			a.vectors.put(key, v, time.Time{})
			return v, nil
		}
	}
	got, err := a.callEmbed(ctx, q, m, e, []string{text})
	if err != nil {
		return nil, err
	}
	if len(got.Vectors) != 1 || !finite(got.Vectors[0]) {
		return nil, unusableVector(m)
	}
	v := got.Vectors[0]
	a.vectors.put(key, v, time.Time{})
	if a.sharedVectors != nil {
		a.sharedVectors.KeepVector(name, v)
	}
	return v, nil
}

// callEmbed is one call for vectors, recorded and counted.
func (a *Asker) callEmbed(ctx context.Context, q *askwire.Question, m NamedModel, e Embedder, texts []string) (Embeddings, error) {
	var got Embeddings
	r := Request{Stage: askwire.StageEmbed, Messages: []Message{{User, strings.Join(texts, "\n")}}}
	sum := sha256.Sum256([]byte(r.Text()))
	called := NamedModel{Name: m.Name, Timeout: m.Timeout, Model: modelFunc(func(ctx context.Context, _ Request) (Response, error) {
		var err error
		got, err = e.Embed(ctx, texts)
		return Response{Tokens: got.Tokens, Cost: got.Cost}, err
	})}
	_, err := a.call(ctx, q, called, r, hexDigest(sum))
	return got, err
}

func unusableVector(m NamedModel) error {
	return askwire.Errorf(askwire.ModelUnavailable, "The model %q gave no usable vector.", m.Name).WithHint("Try again in a moment.")
}

type modelFunc func(ctx context.Context, r Request) (Response, error)

func (f modelFunc) Complete(ctx context.Context, r Request) (Response, error) { return f(ctx, r) }

func finite(v []float32) bool {
	for _, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return false
		}
	}
	return len(v) > 0
}

// withVectors replaces every EMBED('text') of a draft by the text's vector as the backend writes one. The result is a draft
// like any other: the guard decides about it.
func (a *Asker) withVectors(ctx context.Context, q *askwire.Question, m NamedModel, sql string) (string, error) {
	var b strings.Builder
	last := 0
	for c := lex.New(sql, lex.Mode{}); ; {
		tok := c.Next()
		if tok.Kind == lex.EOF {
			break
		}
		if tok.Kind != lex.Ident || !strings.EqualFold(sql[tok.Pos:tok.End], "EMBED") {
			continue
		}
		open := c.Next()
		if sql[open.Pos:open.End] != "(" {
			continue
		}
		text, shut := c.Next(), c.Next()
		if text.Kind != lex.String || sql[shut.Pos:shut.End] != ")" {
			return "", askwire.Errorf(askwire.Syntax, "EMBED takes one text in quotes.").WithHint("Write EMBED('the words to look for').")
		}
		if len(a.vectorLiteral(q.Snapshot.Server, nil)) == 0 {
			return "", askwire.Errorf(askwire.FunctionDenied, "EMBED is not available: this database has no vectors.").WithHint("Compare words with LIKE.")
		}
		v, err := a.embed(ctx, q, m, cut(lex.Unquote(sql[text.Pos:text.End], lex.Mode{}), maxQuestionRunes))
		if err != nil {
			return "", err
		}
		b.WriteString(sql[last:tok.Pos])
		b.WriteString(a.vectorLiteral(q.Snapshot.Server, v))
		last = shut.End
	}
	if last == 0 {
		return sql, nil
	}
	b.WriteString(sql[last:])
	return b.String(), nil
}

// vectorLiteral is a vector in the backend's own form; "" where it has none.
func (a *Asker) vectorLiteral(s askwire.Server, v []float32) string {
	function := map[askwire.Family]string{askwire.MariaDB: "VEC_FromText", askwire.TiDB: "VEC_FROM_TEXT"}[s.Family]
	if function == "" || !s.Vectors {
		return ""
	}
	text := make([]byte, 0, 16+10*len(v))
	text = append(text, function+"('["...)
	for i, x := range v {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendFloat(text, float64(x), 'g', 7, 32)
	}
	return string(append(text, "]')"...))
}

// vectorExample tells the model how to search by meaning, with a vector column of the scope, where both backend and model can.
func (a *Asker) vectorExample(q *askwire.Question, tables []*askwire.Table, gate guard.Gate) string {
	m, err := a.pick(q)
	if err != nil || a.vectorLiteral(q.Snapshot.Server, nil) == "" {
		return ""
	}
	if _, ok := m.embedder(); !ok {
		return ""
	}
	distance := "VEC_DISTANCE_COSINE"
	if q.Snapshot.Server.Family == askwire.TiDB {
		distance = "VEC_COSINE_DISTANCE"
	}
	for _, t := range tables {
		for i := range t.Columns {
			c := &t.Columns[i]
			if c.DataType != "vector" || gate.Policy != nil && gate.Policy.Masked(askwire.ColumnRef{DB: t.DB, Table: t.Name, Column: c.Name}) {
				continue
			}
			key := "*"
			if len(t.PrimaryKey) > 0 {
				key = "x." + ident(t.PrimaryKey[0])
			}
			return "Columns of type vector hold embeddings of texts. To search by meaning, order by the distance to EMBED('the words to look for') and add a LIMIT; EMBED takes one literal text and stands only there: " +
				"SELECT " + key + " FROM " + ident(t.DB) + "." + ident(t.Name) + " x ORDER BY " + distance + "(x." + ident(c.Name) + ", EMBED('replacing the fan')) LIMIT 5\n"
		}
	}
	return ""
}

func ident(name string) string { return "`" + strings.ReplaceAll(data(name, 64), "`", "") + "`" }
