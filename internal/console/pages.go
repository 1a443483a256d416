package console

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

// loadPages reads the templates: the layout and shared parts, and one for each page.
func loadPages(functions template.FuncMap) (map[string]*template.Template, error) {
	const suffix = ".html"

	shared, err := template.New("").Funcs(functions).ParseFS(templateFiles, "templates/part-*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("reading the console's templates: %w", err)
	}

	files, err := fs.Glob(templateFiles, "templates/*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("reading the console's templates: %w", err)
	}

	pages := map[string]*template.Template{}

	for _, file := range files {
		if strings.HasPrefix(file, "templates/part-") {
			continue
		}

		page, err := shared.Clone()
		if err == nil {
			_, err = page.ParseFS(templateFiles, file)
		}

		if err != nil {
			return nil, fmt.Errorf("reading the console's templates: %w", err)
		}

		pages[strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), suffix)] = page
	}

	return pages, nil
}
