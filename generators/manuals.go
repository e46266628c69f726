package generators

import (
	"embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"sync"
)

// The manuals are written by hand; their embeddings were recorded once by manuals/embed.py.
//
//go:embed manuals/*.json
var manualFiles embed.FS

// manualChunk is a piece of a product's manual. Chunks are numbered from 1.
type manualChunk struct {
	id, product                     int
	language, topic, title, content string
}

// ManualVectors are the recorded embeddings of the manuals.
type ManualVectors struct {
	Model      string // which model made them
	Dimensions int
	Chunks     [][]float32 // the embedding of chunk i+1, of length 1
	Questions  []ManualQuestion
}

// ManualQuestion is a question with its recorded embedding and the id of the chunk that answers it.
type ManualQuestion struct {
	Text   string
	Chunk  int
	Vector []float32
}

var manualChunks = sync.OnceValue(func() []manualChunk {
	var rows []struct {
		ID, Product                     int
		Language, Topic, Title, Content string
	}
	readManual("chunks.json", &rows)
	out := make([]manualChunk, len(rows))
	for i, r := range rows {
		out[i] = manualChunk{r.ID, r.Product, r.Language, r.Topic, r.Title, r.Content}
	}
	return out
})

// Manuals returns the recorded embeddings of ecommerce.manual_chunks. They are shared: do not change them.
var Manuals = sync.OnceValue(func() ManualVectors {
	var file struct {
		Model      string
		Dimensions int
		Vectors    []string
		Questions  []struct {
			Text, Vector string
			Chunk        int
		}
	}
	readManual("vectors.json", &file)
	out := ManualVectors{Model: file.Model, Dimensions: file.Dimensions}
	for _, v := range file.Vectors {
		out.Chunks = append(out.Chunks, unpack(v))
	}
	for _, q := range file.Questions {
		out.Questions = append(out.Questions, ManualQuestion{q.Text, q.Chunk, unpack(q.Vector)})
	}
	return out
})

// readManual reads an embedded file; a test proves that both are sound.
func readManual(name string, into any) {
	data, err := manualFiles.ReadFile("manuals/" + name)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		panic("generators: manuals/" + name + ": " + err.Error())
	}
}

// unpack reads 32-bit floats, low byte first, in base64.
func unpack(s string) []float32 {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic("generators: manuals/vectors.json: " + err.Error())
	}
	v := make([]float32, len(raw)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return v
}
