package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file of which a browser keeps a copy.
type asset struct {
	URL  string // names the content, too
	body []byte
	kind string
}

func loadAssets() (map[string]asset, error) {
	entries, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("reading the console's files: %w", err)
	}

	all := map[string]asset{}

	for _, entry := range entries {
		body, err := assetFiles.ReadFile("assets/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the console's files: %w", err)
		}

		sum := sha256.Sum256(body)
		all[entry.Name()] = asset{
			URL: "/static/" + entry.Name() + "?" + hex.EncodeToString(sum[:6]), body: body,
			kind: mime.TypeByExtension(path.Ext(entry.Name())),
		}
	}

	return all, nil
}

// static answers with a file. It is the same for everybody, also for those who are not signed in yet.
func (c *Console) static(w http.ResponseWriter, r *http.Request) {
	found, ok := c.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}

	if found.kind != "" {
		w.Header().Set("Content-Type", found.kind)
	}

	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(found.body) // an error: whoever asked has gone away
}
