package mastercard

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// An AssetRequest asks for a picture or a text of a token requestor.
type AssetRequest struct {
	// AssetID is TokenRequestor.ImageAssetID, 1 to 64 characters.
	AssetID string
	// Turn, when set, says when the request may be sent.
	Turn Turn
	// Auth says how the call is authorized, where that differs from TokenConnectConfig.Auth.
	Auth Auth
}

// An AssetAnswer is what asking for an asset came to. The verdict is Answered where it is there.
type AssetAnswer struct {
	Answer

	Contents []MediaContent
	// Kept: nothing was asked, as the asset is known. Its content never changes.
	Kept bool
}

// A MediaContent is one form of an asset. Nobody has looked at what is in it: a browser must not be given HTML or SVG of it as
// its own.
type MediaContent struct {
	// Type is one of AssetTypes.
	Type string
	// Data is what the API sends in base64.
	Data []byte
	// Height and Width are in pixels; zero where they are not said.
	Height, Width int
}

// AssetTypes are the media types that assets have. Others are left out.
func AssetTypes() []string {
	return []string{"application/pdf", "image/png", "image/svg+xml", "text/plain", "text/html"}
}

const mostMedia = 100

// Asset asks for an asset (getAsset), once, or answers from what was asked before. It always returns a verdict, as Client.Enroll
// does. Asking changes nothing, so that no failure is Unknown.
func (t *TokenConnect) Asset(ctx context.Context, r AssetRequest) AssetAnswer {
	problem := checkLength("assetId", r.AssetID, 1, 64)
	if problem == nil && (r.AssetID == "." || r.AssetID == ".." || identifier(r.AssetID) != r.AssetID) {
		problem = invalidRequest("assetId", "INVALID_VALUE", "not the id of an asset")
	}

	if problem == nil {
		if kept, found := t.kept.asset(r.AssetID); found {
			return AssetAnswer{Answer: Answer{Verdict: Answered}, Contents: kept, Kept: true}
		}
	}

	this := t.call(OperationAsset, r.Turn, r.Auth)
	this.way = tokenConnectWay(http.MethodGet, "issuer-assets", "1", "0", "asset", "tokenrequestor", r.AssetID)
	this.problem, this.success = problem, assetSuccess

	answer, held := t.assets.do(ctx, this)
	if answer.Verdict != Answered {
		return AssetAnswer{Answer: answer}
	}

	t.kept.keepAsset(r.AssetID, held.contents)

	return AssetAnswer{Answer: answer, Contents: held.contents}
}

// assetSuccess reads the answer. What is of another type or no base64 is left out; an answer with nothing else is none.
func assetSuccess(_ *plan, _ *call, result exchange) success {
	root, ok := parseAnswer(result.body)
	if !ok || reportsErrors(root) {
		return success{}
	}

	var held success

	for _, item := range items(member(root, "mediaContents")) {
		if len(held.contents) == mostMedia {
			break
		}

		if one, ok := newMediaContent(item); ok {
			held.contents = append(held.contents, one)
		}
	}

	held.fulfilled = len(held.contents) > 0

	return held
}

func newMediaContent(item map[string]any) (MediaContent, bool) {
	media := strings.ToLower(text(member(item, "type")))
	if !slices.Contains(AssetTypes(), media) {
		return MediaContent{}, false
	}

	encoded, _ := member(item, "data").(string)

	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) == 0 {
		return MediaContent{}, false
	}

	return MediaContent{Type: media, Data: data, Height: pixels(item, "height"), Width: pixels(item, "width")}, true
}

// pixels reads a length, which the API writes as a text.
func pixels(item map[string]any, name string) int {
	const most = 100_000

	n, err := strconv.Atoi(text(member(item, name)))
	if err != nil || n < 0 || n > most {
		return 0
	}

	return n
}
