package eval

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// State is the file of a run that can go on after an interruption: one line for each finished question. It is safe for
// concurrent use; a nil State remembers nothing.
type State struct {
	mu   sync.Mutex
	file *os.File
	have map[string][]Result
}

type stateLine struct {
	Run     string   `json:"run,omitempty"`
	ID      string   `json:"id,omitempty"`
	Results []Result `json:"results,omitempty"`
}

// OpenState reads the file, or makes it. The run is what decides the results (mode, files, settings): a file of another run is
// refused. A last line that was cut by the end of a process is dropped.
func OpenState(name, run string) (*State, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &State{file: file, have: map[string][]Result{}}
	end, err := s.read(name, run)
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err == nil && end == 0 {
		err = s.write(stateLine{Run: run})
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return s, nil
}

// read returns where the last whole line ends.
func (s *State) read(name, run string) (end int64, err error) {
	r := bufio.NewReader(s.file)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return 0, err
		}
		var l stateLine
		if err := json.Unmarshal(line, &l); err != nil {
			return 0, fmt.Errorf("%s is no state file of askwire eval. Name another with --state", name)
		}
		if end == 0 && l.Run != run {
			return 0, fmt.Errorf("%s belongs to a run with other files or settings. Remove it, or name another with --state", name)
		}
		end += int64(len(line))
		if l.ID != "" {
			s.have[l.ID] = l.Results
		}
	}
}

// Done is the number of questions that need not be measured again.
func (s *State) Done() int {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.have)
}

// Close closes the file.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}

func (s *State) has(id string) ([]Result, bool) {
	if s == nil {
		return nil, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.have[id]
	return r, ok
}

func (s *State) add(id string, results []Result) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.have[id] = results
	return s.write(stateLine{ID: id, Results: results})
}

func (s *State) write(l stateLine) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(b, '\n'))
	return err
}
