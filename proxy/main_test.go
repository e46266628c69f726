package proxy

import (
	"testing"

	"github.com/askwire/askwire/internal/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }
