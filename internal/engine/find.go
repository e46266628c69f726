package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Program is a server's program on this machine.
type Program struct {
	Kind Kind
	Path string
	// Root is the folder of a package that was unpacked privately (by scripts/engines.sh): the program is run by the
	// dynamic loader and with the libraries found there. "" is a program of the system.
	Root string
}

// Find looks for the program of an engine: first under ASKWIRE_ENGINES, then in the folder .engines beside the folder of
// this program, then beside this program, then on PATH and where distributions put servers.
func Find(k Kind) (Program, bool) {
	for _, dir := range engineDirs() {
		if p, ok := findIn(dir, k); ok {
			return p, true
		}
	}
	switch k {
	case MariaDB, MariaDB11:
		for _, name := range []string{"mariadbd", "mysqld"} {
			path, ok := lookPath(name)
			if !ok {
				continue
			}
			if maria, major := askVersion(path); maria && (k == MariaDB || major >= 11) {
				return Program{Kind: k, Path: path}, true
			}
		}
	case MySQL:
		if path, ok := lookPath("mysqld"); ok {
			if maria, major := askVersion(path); !maria && major >= 8 {
				return Program{Kind: k, Path: path}, true
			}
		}
	case TiDB, Embedded:
		if path, ok := lookPath("askwire-" + string(k)); ok {
			return Program{Kind: k, Path: path}, true
		}
	}
	return Program{}, false
}

func findIn(dir string, k Kind) (Program, bool) {
	switch k {
	case TiDB, Embedded:
		for _, path := range []string{filepath.Join(dir, "bin", "askwire-"+string(k)), filepath.Join(dir, "askwire-"+string(k))} {
			if isProgram(path) {
				return Program{Kind: k, Path: path}, true
			}
		}
	case MariaDB, MariaDB11, MySQL:
		root := filepath.Join(dir, string(k))
		name := "mariadbd"
		if k == MySQL {
			name = "mysqld"
		}
		if path := filepath.Join(root, "usr", "sbin", name); isProgram(path) {
			return Program{Kind: k, Path: path, Root: root}, true
		}
	}
	return Program{}, false
}

// engineDirs are the folders that may hold engines of this project's own.
func engineDirs() []string {
	var dirs []string
	if d := os.Getenv("ASKWIRE_ENGINES"); d != "" {
		if abs, err := filepath.Abs(d); err == nil { // servers run in their own folder
			d = abs
		}
		dirs = append(dirs, d)
	}
	if exe, err := os.Executable(); err == nil {
		here := filepath.Dir(exe)
		dirs = append(dirs, filepath.Join(filepath.Dir(here), ".engines"), here)
	}
	return dirs
}

func enginesDirs() string { return strings.Join(engineDirs(), ", ") }

// lookPath searches PATH, and the folders of servers, which the PATH of an ordinary user leaves out.
func lookPath(name string) (string, bool) {
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin"} {
		if path := filepath.Join(dir, name); isProgram(path) {
			return path, true
		}
	}
	return "", false
}

func isProgram(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && (runtime.GOOS == "windows" || st.Mode()&0o111 != 0)
}

var versionNumber = regexp.MustCompile(`Ver (\d+)\.`)

// askVersion runs `mysqld --version`, because mysqld is either server's name.
func askVersion(path string) (mariadb bool, major int) {
	out, err := exec.Command(path, "--no-defaults", "--version").Output()
	if err != nil {
		return false, 0
	}
	if m := versionNumber.FindSubmatch(out); m != nil {
		major, _ = strconv.Atoi(string(m[1]))
	}
	return strings.Contains(string(out), "MariaDB"), major
}

// command makes the command that runs the program.
func (p Program) command(args ...string) *exec.Cmd {
	if p.Root == "" {
		return exec.Command(p.Path, args...)
	}
	loader, libs := p.loader()
	return exec.Command(loader, append([]string{"--library-path", libs, p.Path}, args...)...)
}

// loader finds the dynamic loader and the library folders of an unpacked package.
func (p Program) loader() (path, libs string) {
	arch := map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}[runtime.GOARCH]
	lib := filepath.Join(p.Root, "usr", "lib", arch)
	for _, pattern := range []string{"usr/lib64/ld-linux*.so.*", "lib64/ld-linux*.so.*", "usr/lib/ld-linux*.so.*", "lib/ld-linux*.so.*"} {
		if m, err := filepath.Glob(filepath.Join(p.Root, pattern)); err == nil && len(m) > 0 {
			return m[0], lib + ":" + filepath.Join(p.Root, "lib", arch)
		}
	}
	return filepath.Join(lib, "ld-linux.so"), lib // does not exist: the start fails and names it
}
