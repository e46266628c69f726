package askwire_test

import (
	"go/ast"
	"go/constant"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	gopackages "golang.org/x/tools/go/packages"
)

// walk visits every node of the product's own packages, tests left out, with the function that it stands in.
func walk(t *testing.T, visit func(p *gopackages.Package, fn string, n ast.Node)) {
	t.Helper()
	mode := gopackages.NeedName | gopackages.NeedFiles | gopackages.NeedSyntax | gopackages.NeedTypes | gopackages.NeedTypesInfo | gopackages.NeedImports
	loaded, err := gopackages.Load(&gopackages.Config{Mode: mode, Context: t.Context()}, ".", "./guard/...", "./catalog/...", "./nl/...",
		"./store/...", "./proxy/...", "./generators/...", "./eval/...", "./cmd/...")
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) < 5 {
		t.Fatalf("%d packages", len(loaded))
	}
	for _, p := range loaded {
		for _, err := range p.Errors {
			t.Fatal(err)
		}
		for _, file := range p.Syntax {
			for _, d := range file.Decls {
				name := strings.TrimPrefix(strings.TrimPrefix(p.PkgPath, module), "/") + "."
				if fn, ok := d.(*ast.FuncDecl); ok {
					if r := receiver(fn); r != "" {
						name += r + "."
					}
					name += fn.Name.Name
				}
				ast.Inspect(d, func(n ast.Node) bool {
					if n != nil {
						visit(p, name, n)
					}
					return true
				})
			}
		}
	}
}

// named is "package.Type" of a type or of what it points to, by the import path within the module.
func named(t types.Type) string {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(n.Obj().Pkg().Path(), module), "/") + "." + n.Obj().Name()
}

// callee is the function or method that a call names, nil for conversions and function values.
func callee(p *gopackages.Package, call *ast.CallExpr) *types.Func {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		fn, _ := p.TypesInfo.Uses[f].(*types.Func)
		return fn
	case *ast.SelectorExpr:
		fn, _ := p.TypesInfo.Uses[f.Sel].(*types.Func)
		return fn
	}
	return nil
}

func sameNames(t *testing.T, what string, got map[string]bool, want ...string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(got))
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, names, want)
	}
}

// roads is what the walk finds, each as the functions that hold it.
type roads struct {
	senders   map[string]bool // (*wire.Backend).send with text
	writers   map[string]bool // a write to the socket of a Backend
	escapes   map[string]bool // the socket of a Backend handed to another function
	backends  map[string]bool // a Backend made
	dialers   map[string]bool // connections opened
	sql       map[string]bool // texts sent by database/sql
	made      map[string]bool // a guard.Statement with contents made
	signature string          // of sendStatement

	quiet map[*ast.SelectorExpr]bool // calls of send without text
	conns map[types.Object]bool      // variables that hold the socket of a Backend
}

// TestRoadsToTheBackend proves, following types and not names, that text reaches a backend's socket in one function, which
// takes nothing but a guard.Statement; that statements are made by the guard alone; and who else opens connections or
// sends SQL of its own: catalog (introspection and value sampling, by its own account and with fixed texts), store (its own
// schema), the generators and evaluations, which are commands of the operator.
func TestRoadsToTheBackend(t *testing.T) {
	r := roads{signature: "none"}
	for _, m := range []*map[string]bool{&r.senders, &r.writers, &r.escapes, &r.backends, &r.dialers, &r.sql, &r.made} {
		*m = map[string]bool{}
	}
	r.quiet, r.conns = map[*ast.SelectorExpr]bool{}, map[types.Object]bool{}
	walk(t, r.visit)

	if want := "func(cmd wire.Command, s guard.Statement) error"; r.signature != want {
		t.Errorf("(*wire.Backend).sendStatement is %s, want %s", r.signature, want)
	}
	sameNames(t, "what calls (*wire.Backend).send with text", r.senders, "proxy/wire.Backend.sendStatement")
	sameNames(t, "what writes to the socket of a Backend", r.writers, "proxy/wire.Backend.send", "proxy/wire.Backend.Close") // COM_QUIT
	sameNames(t, "what hands on the socket of a Backend", r.escapes)
	sameNames(t, "what makes a Backend", r.backends, "proxy/wire.dialBackend")
	sameNames(t, "what opens connections", r.dialers, ".DialWary", "proxy/wire.dialBackend")
	sameNames(t, "what makes a guard.Statement", r.made, "guard.control", "guard.verdict.statement", "guard.key.fill", "guard.Gate.Plan")
	for fn := range r.sql {
		if strings.HasPrefix(fn, "store.") || strings.HasPrefix(fn, "generators.") || strings.HasPrefix(fn, "eval.") || strings.HasPrefix(fn, "cmd/askwire.") {
			delete(r.sql, fn)
		}
	}
	sameNames(t, "what sends SQL of its own to a backend", r.sql, "catalog.readServer", "catalog.readVariables", "catalog.readCollations", "catalog.readTimeZone",
		"catalog.hasVectors", "catalog.reader.scan", "catalog.reader.viewColumns", "catalog.sampleTable")
}

// The methods of wire.Conn that write, and those that send a text by database/sql, of whatever type: an interface may stand for a connection.
var (
	connWrites = regexp.MustCompile(`^(Write|write|Flush|begin|end|out|newResult|moreData|dropWrite|w$|nc$)`)
	sqlSends   = regexp.MustCompile(`^(Query|Exec|Prepare)`)
	sqlResults = []string{"database/sql.Rows", "database/sql.Row", "database/sql.Result", "database/sql.Stmt"}
)

func (r *roads) visit(p *gopackages.Package, fn string, n ast.Node) {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if fn == "proxy/wire.Backend.sendStatement" {
			r.signature = types.TypeString(p.TypesInfo.Defs[n.Name].Type(), func(p *types.Package) string { return p.Name() })
		}
	case *ast.CompositeLit:
		switch named(p.TypesInfo.Types[n].Type) {
		case "guard.Statement":
			if len(n.Elts) > 0 {
				r.made[fn] = true
			}
		case "proxy/wire.Backend":
			r.backends[fn] = true
		}
	case *ast.AssignStmt:
		for i, rhs := range n.Rhs {
			if r.socket(p, rhs) && len(n.Lhs) == len(n.Rhs) {
				if id, ok := n.Lhs[i].(*ast.Ident); ok && p.TypesInfo.ObjectOf(id) != nil {
					r.conns[p.TypesInfo.ObjectOf(id)] = true
				} else {
					r.escapes[fn] = true
				}
			}
		}
	case *ast.CallExpr:
		r.call(p, fn, n)
	case *ast.SelectorExpr:
		sel := p.TypesInfo.Selections[n]
		switch {
		case sel == nil:
		case sel.Kind() != types.FieldVal && named(sel.Recv()) == "proxy/wire.Backend" && sel.Obj().Name() == "send" && !r.quiet[n]:
			r.senders[fn] = true
		case r.socket(p, n.X) && connWrites.MatchString(n.Sel.Name):
			r.writers[fn] = true
		case sel.Kind() != types.FieldVal && sqlSends.MatchString(n.Sel.Name) && answersSQL(sel.Type()):
			r.sql[fn] = true
		}
	}
}

// answersSQL reports whether a function gives what database/sql makes of a text.
func answersSQL(t types.Type) bool {
	f, ok := t.(*types.Signature)
	return ok && f.Results().Len() > 0 && slices.Contains(sqlResults, named(f.Results().At(0).Type()))
}

func (r *roads) call(p *gopackages.Package, fn string, n *ast.CallExpr) {
	if sel, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 3 {
		if v := p.TypesInfo.Types[n.Args[1]].Value; v != nil && v.Kind() == constant.String && constant.StringVal(v) == "" {
			r.quiet[sel] = true
		}
	}
	for _, arg := range n.Args {
		if r.socket(p, arg) {
			r.escapes[fn] = true
		}
	}
	if f := callee(p, n); f != nil && f.Pkg() != nil && (f.Pkg().Path() == "net" || f.Pkg().Path() == "crypto/tls") && strings.HasPrefix(f.Name(), "Dial") {
		r.dialers[fn] = true
	}
}

// socket reports whether an expression is the field c of a Backend, or a variable that was set from it.
func (r *roads) socket(p *gopackages.Package, e ast.Expr) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		sel := p.TypesInfo.Selections[e]
		return sel != nil && sel.Kind() == types.FieldVal && named(sel.Recv()) == "proxy/wire.Backend" && sel.Obj().Name() == "c"
	case *ast.Ident:
		return r.conns[p.TypesInfo.ObjectOf(e)]
	}
	return false
}

// receiver is the name of a method's type.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
