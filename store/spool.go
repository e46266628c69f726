package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/askwire/askwire"
)

// spool keeps records in files while the server cannot take them: one JSON line each, one fsync for a group.
//
// Each process has a numbered folder inside the configured one, held by a file lock. Folders of processes that died are
// adopted: by the next process that starts.
type spool struct {
	dir   string
	limit int64
	lock  *os.File

	mu      sync.Mutex
	file    *os.File // the segment that is appended to; nil when there is none
	written int64    // bytes in file
	total   int64    // bytes in all segments
	next    int      // number of the next segment
}

var errSpoolFull = errors.New("the spool has reached its limit")

func openSpool(root string, limit int64) (*spool, error) {
	bad := func(err error) error {
		return askwire.Errorf(askwire.WrongValue, "The spool folder %q cannot be used.", root).
			WithHint("Create it, and let askwire write to it.").Wrap(err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, bad(err)
	}
	sp := &spool{limit: limit}
	for n := 0; sp.lock == nil; n++ {
		dir := filepath.Join(root, strconv.Itoa(n))
		lock, err := claim(dir)
		if err != nil {
			return nil, bad(err)
		}
		sp.dir, sp.lock = dir, lock
	}
	if err := sp.adopt(root); err != nil {
		sp.lock.Close()
		return nil, bad(err)
	}
	for _, name := range sp.segments() {
		if st, err := os.Stat(name); err == nil {
			sp.total += st.Size()
		}
		if n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".jsonl")); err == nil {
			sp.next = max(sp.next, n+1)
		}
	}
	return sp, nil
}

// claim makes the folder and locks it; it returns nil when another process has it.
func claim(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := tryLock(f)
	if !ok || err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// adopt moves the segments of dead processes here. Names get a new number; order between processes does not matter.
func (sp *spool) adopt(root string) error {
	others, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, o := range others {
		dir := filepath.Join(root, o.Name())
		if _, err := strconv.Atoi(o.Name()); err != nil || !o.IsDir() || dir == sp.dir {
			continue
		}
		lock, err := claim(dir)
		if err != nil {
			return err
		}
		if lock == nil {
			continue
		}
		for _, name := range segmentsIn(dir) {
			for n := len(sp.segments()); ; n++ {
				to := sp.segment(n)
				if _, err := os.Stat(to); errors.Is(err, os.ErrNotExist) {
					if err := os.Rename(name, to); err != nil {
						lock.Close()
						return err
					}
					break
				}
			}
		}
		lock.Close()
	}
	return nil
}

func (sp *spool) segment(n int) string { return filepath.Join(sp.dir, fmt.Sprintf("%08d.jsonl", n)) }

func (sp *spool) segments() []string { return segmentsIn(sp.dir) }

func segmentsIn(dir string) []string {
	names, _ := filepath.Glob(filepath.Join(dir, "[0-9]*.jsonl"))
	slices.Sort(names)
	return names
}

func (sp *spool) size() int64 { sp.mu.Lock(); defer sp.mu.Unlock(); return sp.total }

// append makes the group durable or returns an error; a group is never half there.
func (sp *spool) append(group []entry) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range group {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	sp.mu.Lock()
	defer sp.mu.Unlock()
	if sp.total+int64(b.Len()) > sp.limit {
		return errSpoolFull
	}
	if sp.file == nil {
		f, err := os.OpenFile(sp.segment(sp.next), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		sp.file, sp.written = f, 0
		sp.next++
		if err := syncDir(sp.dir); err != nil {
			return err
		}
	}
	_, err := sp.file.Write(b.Bytes())
	if err == nil {
		err = sp.file.Sync()
	}
	if err != nil {
		return errors.Join(err, sp.file.Truncate(sp.written))
	}
	sp.written += int64(b.Len())
	sp.total += int64(b.Len())
	return nil
}

// replay hands the records to write in groups, oldest first, and removes each segment that is wholly written. It returns
// how many records were written and how many lines could not be read (a torn last line after a crash).
func (sp *spool) replay(write func([]entry) error) (records, bad int, err error) {
	sp.mu.Lock()
	if sp.file != nil { // what comes in meanwhile goes to a new segment
		err = sp.file.Close()
		sp.file = nil
	}
	sp.mu.Unlock()
	if err != nil {
		return 0, 0, err
	}
	for _, name := range sp.closedSegments() {
		n, b, err := sp.replaySegment(name, write)
		records, bad = records+n, bad+b
		if err != nil {
			return records, bad, err
		}
	}
	return records, bad, nil
}

func (sp *spool) closedSegments() []string {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	names := sp.segments()
	if sp.file != nil {
		names = slices.DeleteFunc(names, func(n string) bool { return n == sp.file.Name() })
	}
	return names
}

func (sp *spool) replaySegment(name string, write func([]entry) error) (records, bad int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	var group []entry
	size := 0
	flush := func() error {
		if err := write(group); err != nil {
			return err
		}
		records += len(group)
		group, size = group[:0], 0
		return nil
	}
	for {
		line, readErr := r.ReadBytes('\n')
		if len(line) > 0 {
			var e entry
			if json.Unmarshal(line, &e) != nil || !e.whole() {
				bad++
				if err := sp.rejectLine(line); err != nil {
					return records, bad, err
				}
			} else {
				group = append(group, e)
				size += len(line)
			}
		}
		if len(group) >= groupRows || size >= groupBytes {
			if err := flush(); err != nil {
				return records, bad, err
			}
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return records, bad, readErr
		}
	}
	if err := flush(); err != nil {
		return records, bad, err
	}
	if err := os.Remove(name); err != nil {
		return records, bad, err
	}
	sp.mu.Lock()
	sp.total -= st.Size()
	sp.mu.Unlock()
	return records, bad, nil
}

// reject keeps a record that the server will never take, for the operator.
func (sp *spool) reject(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return sp.rejectLine(append(line, '\n'))
}

func (sp *spool) rejectLine(line []byte) error {
	f, err := os.OpenFile(filepath.Join(sp.dir, "rejected.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(line); err != nil {
		return err
	}
	return f.Sync()
}

func (sp *spool) close() error {
	sp.mu.Lock()
	defer sp.mu.Unlock()
	var err error
	if sp.file != nil {
		err = sp.file.Close()
		sp.file = nil
	}
	return errors.Join(err, sp.lock.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
