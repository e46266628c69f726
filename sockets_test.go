package askwire_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestOneFunctionSendsStatements: text reaches a backend through (*Backend).sendStatement alone, and that takes nothing but a
// guard.Statement. Everything else that a Backend sends has no text.
func TestOneFunctionSendsStatements(t *testing.T) {
	fset := token.NewFileSet()
	packages, err := parser.ParseDir(fset, "proxy/wire", nil, 0) //nolint:staticcheck // build tags make no difference here
	if err != nil {
		t.Fatal(err)
	}
	senders, writers := map[string]bool{}, map[string]bool{}
	takesStatement := false
	for _, p := range packages {
		for name, f := range p.Files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || receiver(fn) != "Backend" {
					continue
				}
				if fn.Name.Name == "sendStatement" {
					for _, field := range fn.Type.Params.List {
						if s, ok := field.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Statement" {
							takesStatement = true
						}
						if id, ok := field.Type.(*ast.Ident); ok && id.Name == "string" {
							t.Errorf("%s: sendStatement takes a string", fset.Position(field.Pos()))
						}
					}
				}
				ast.Inspect(fn, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.CallExpr:
						s, ok := n.Fun.(*ast.SelectorExpr)
						if ok && s.Sel.Name == "send" && len(n.Args) == 3 && !emptyString(n.Args[1]) {
							senders[fn.Name.Name] = true
						}
					case *ast.AssignStmt:
						if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok && s.Sel.Name == "w" {
							writers[fn.Name.Name] = true
						}
					}
					return true
				})
			}
		}
	}
	if !takesStatement {
		t.Error("(*Backend).sendStatement takes no guard.Statement")
	}
	if len(senders) != 1 || !senders["sendStatement"] {
		t.Errorf("methods of Backend that send text: %v, want sendStatement alone", senders)
	}
	if len(writers) != 1 || !writers["send"] {
		t.Errorf("methods of Backend that write packets: %v, want send alone", writers)
	}
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

func emptyString(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == `""`
}
