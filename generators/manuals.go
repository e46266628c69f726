package generators

// manualChunk is a piece of a product's manual.
type manualChunk struct {
	id, product                     int
	language, topic, title, content string
}

func manualChunks() []manualChunk { return nil }

func manualVector(id int) []float32 { return nil }
