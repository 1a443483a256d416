package guard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every goroutine of the binaries recovers: a function that is started as one, by a timer or by the end of a context, or handed to a
// group, mentions guard, or recovers by itself where its package must not import guard. A cancel function may be given to
// AfterFunc as it is.
func TestEveryGoroutineIsGuarded(t *testing.T) {
	t.Parallel()

	found := 0

	for _, root := range []string{"../../pkg", "../../internal", "../../cmd"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				if err == nil && beside(entry.Name()) {
					return filepath.SkipDir
				}

				return err
			}

			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				found += inspect(t, path)
			}

			return nil
		}))
	}

	require.Greater(t, found, 15, "the search finds goroutines")
}

// beside reports whether a package is only in tests and demos.
func beside(dir string) bool {
	switch dir {
	case "chaos", "throughput", "sandbox", "stack", "devkeys", "demo", "testdata":
		return true
	default:
		return false
	}
}

func inspect(t *testing.T, path string) (found int) {
	t.Helper()

	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)

	guarded := map[string]bool{} // functions of the file that recover, or leave it to another of the file
	if file.Name.Name == "guard" {
		guarded["Run"] = true
	}

	for before := -1; before < len(guarded); {
		before = len(guarded)

		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil && recovers(f.Body, guarded) {
				guarded[f.Name.Name] = true
			}
		}
	}

	ast.Inspect(file, func(n ast.Node) bool {
		var started ast.Expr

		switch n := n.(type) {
		case *ast.GoStmt:
			started = n.Call.Fun
		case *ast.CallExpr:
			if method, ok := n.Fun.(*ast.SelectorExpr); ok {
				started = startedBy(method.Sel.Name, n.Args)
			}
		}

		if started == nil {
			return true
		}

		found++

		if selector, ok := started.(*ast.SelectorExpr); ok && guarded[selector.Sel.Name] || recovers(started, guarded) {
			return true
		}

		t.Errorf("%s: a goroutine that nothing guards: its panic ends the process", files.Position(started.Pos()))

		return true
	})

	return found
}

// startedBy is the function that a call of this name starts elsewhere, nil for none.
func startedBy(name string, args []ast.Expr) ast.Expr {
	switch {
	case name == "Go" && len(args) == 1:
		return args[0]
	case name == "AfterFunc" && len(args) == 2:
		if cancel, ok := args[1].(*ast.Ident); ok && cancel.Name == "cancel" {
			return nil // of package context: it does not panic
		}

		return args[1]
	default:
		return nil
	}
}

func recovers(n ast.Node, guarded map[string]bool) (yes bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			on, ok := n.X.(*ast.Ident)
			yes = yes || ok && on.Name == "guard" || guarded[n.Sel.Name]
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "recover" || guarded[f.Name]) {
				yes = true
			}
		}

		return true
	})

	return yes
}
