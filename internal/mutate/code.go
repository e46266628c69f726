package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// code finds the mutants of one Go file and returns its text with all of them, each behind off(n).
func (w *world) code(file string, src []byte) (string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.ParseComments)
	if err != nil {
		return "", err
	}
	s := &scan{w: w, file: file, src: src, fset: fset}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				s.function(d.Type, d.Body)
			}
		case *ast.GenDecl:
			s.maps(d)
		}
	}
	return apply(src, s.edits), nil
}

// scan is one file on the way.
type scan struct {
	w     *world
	file  string
	src   []byte
	fset  *token.FileSet
	edits []edit

	deletions []string // of a map's entries, as cases of a switch
}

func (s *scan) at(p token.Pos) int { return s.fset.Position(p).Offset }

func (s *scan) text(n ast.Node) string { return string(s.src[s.at(n.Pos()):s.at(n.End())]) }

func (s *scan) mutant(n ast.Node, what string) int {
	return s.w.add(s.file, s.fset.Position(n.Pos()).Line, what, "TestGolden|TestCases|TestOddTrees|TestOddQueries|TestScreen|TestFixpoint|TestControl|TestFigures")
}

// function looks for refusals and cases in one body; function literals inside have results of their own.
func (s *scan) function(typ *ast.FuncType, body *ast.BlockStmt) {
	var last ast.Stmt
	if len(body.List) > 0 {
		last = body.List[len(body.List)-1]
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			s.function(n.Type, n.Body)
			return false
		case *ast.IfStmt:
			if refuses(typ, n.Body.List) {
				s.refusal(n.Cond)
			}
		case *ast.SwitchStmt:
			for _, c := range n.Body.List {
				s.switchCase(typ, c.(*ast.CaseClause), n.Tag != nil, ast.Stmt(n) == last)
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				s.switchCase(typ, c.(*ast.CaseClause), true, ast.Stmt(n) == last)
			}
		}
		return true
	})
}

func (s *scan) switchCase(typ *ast.FuncType, c *ast.CaseClause, tagged, last bool) {
	if len(c.List) == 0 { // default
		return
	}
	what := "case " + string(s.src[s.at(c.List[0].Pos()):s.at(c.Colon)])
	switch refusing := refuses(typ, c.Body); {
	case !tagged && refusing && len(c.List) == 1:
		s.refusal(c.List[0])
	case !tagged:
	case refusing && last: // what follows is the default, which refuses as well
	case refusing:
		end := s.at(c.Body[len(c.Body)-1].End())
		s.edits = append(s.edits, edit{s.at(c.Colon) + 1, s.at(c.Colon) + 1, fmt.Sprintf(" if !off(%d) {", s.mutant(c, what))}, edit{end, end, "}"})
	default:
		s.edits = append(s.edits, edit{s.at(c.Colon) + 1, s.at(c.Colon) + 1, fmt.Sprintf(" if off(%d) { panic(`mutant`) }; ", s.mutant(c, what))})
	}
}

// refusal switches a condition off. It stays part of the expression, so that what it names is still used.
func (s *scan) refusal(cond ast.Expr) {
	id := s.mutant(cond, s.text(cond))
	start, end := s.at(cond.Pos()), s.at(cond.End())
	s.edits = append(s.edits, edit{start, start, fmt.Sprintf("!off(%d) && (", id)}, edit{end, end, ")"})
}

// refuses reports whether a body ends by returning an error that it makes, and not one that it has got, or by answering
// no; or whether it notes a problem.
func refuses(typ *ast.FuncType, body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	for _, st := range body {
		if e, ok := st.(*ast.ExprStmt); ok {
			if c, isCall := e.X.(*ast.CallExpr); isCall && called(c.Fun, "problem", "fail") {
				return true
			}
		}
	}
	r, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(r.Results) == 0 {
		return false
	}
	if answersNo(typ, r.Results) {
		return true
	}
	made := false
	ast.Inspect(r.Results[len(r.Results)-1], func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			made = made || n.Name == "denied" || n.Name == "bad" || strings.HasPrefix(n.Name, "err") && n.Name != "err" || strings.HasSuffix(n.Name, "Denied") || n.Name == "notDeclared" || n.Name == "unknownColumn"
		case *ast.SelectorExpr:
			made = made || n.Sel.Name == "Errorf"
		}
		return !made
	})
	return made
}

func called(f ast.Expr, names ...string) bool {
	sel, ok := f.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	for _, n := range names {
		if sel.Sel.Name == n {
			return true
		}
	}
	return false
}

// answersNo: every result is false, nil, "" or the like, and the function does not return an error, of which nil is a yes.
func answersNo(typ *ast.FuncType, results []ast.Expr) bool {
	if typ.Results == nil {
		return false
	}
	list := typ.Results.List
	if id, ok := list[len(list)-1].Type.(*ast.Ident); ok && id.Name == "error" {
		return false
	}
	for _, r := range results {
		switch r := r.(type) {
		case *ast.Ident:
			if r.Name != "nil" && r.Name != "false" && r.Name != "nullLiteral" && r.Name != "otherType" {
				return false
			}
		case *ast.BasicLit:
			if r.Value != `""` && r.Value != "0" {
				return false
			}
		case *ast.CompositeLit:
			if len(r.Elts) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// maps finds the entries of package-level maps.
func (s *scan) maps(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || d.Tok != token.VAR || len(v.Names) != 1 || len(v.Values) != 1 {
			continue
		}
		lit, isLit := v.Values[0].(*ast.CompositeLit)
		if !isLit {
			continue
		}
		s.deletions = nil
		s.entries(v.Names[0].Name, "m", lit)
		if len(s.deletions) > 0 { // before anything else is made from the map
			start, end := s.at(lit.Pos()), s.at(lit.End())
			s.edits = append(s.edits, edit{start, start, "func() " + s.text(lit.Type) + " { m := "},
				edit{end, end, "\n\tswitch mutantID {\n" + strings.Join(s.deletions, "") + "\t}\n\treturn m\n}()"})
		}
	}
}

func (s *scan) entries(name, variable string, lit *ast.CompositeLit) {
	if _, isMap := lit.Type.(*ast.MapType); lit.Type != nil && !isMap {
		return
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key := s.text(kv.Key)
		if !strings.HasPrefix(key, `"`) && !strings.Contains(key, ".") { // a field of a struct
			continue
		}
		id := s.w.add(s.file, s.fset.Position(kv.Pos()).Line, name+"["+key+"]", "TestLists|TestFunctionList|TestMetadataList")
		s.deletions = append(s.deletions, fmt.Sprintf("\tcase %d:\n\t\tdelete(%s, %s)\n", id, variable, key))
		if inner, isLit := kv.Value.(*ast.CompositeLit); isLit {
			s.entries(name+"["+key+"]", variable+"["+key+"]", inner)
		}
	}
}
