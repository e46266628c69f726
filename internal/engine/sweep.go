package engine

import (
	"os"
	"path/filepath"
	"time"
)

const temporaryPrefix = "askwire-engine-"

// sweep removes temporary directories whose process was killed before it could: those whose lock nobody holds. One that
// is younger than a minute may be about to be locked.
func sweep() {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), temporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		st, err := os.Stat(filepath.Join(dir, "lock"))
		if err != nil || time.Since(st.ModTime()) < time.Minute {
			continue
		}
		if unlock, err := lockDir(dir); err == nil {
			_ = os.RemoveAll(dir) // another user's, or half gone: not worth failing a start
			unlock()
		}
	}
}
