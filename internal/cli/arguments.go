package cli

import (
	"fmt"
	"reflect"

	"github.com/alecthomas/kong"
)

// asGiven takes a text of the command line byte for byte: a file's name need not be UTF-8, and kong's
// own way, through JSON, replaces what is not.
func asGiven(ctx *kong.DecodeContext, target reflect.Value) error {
	token, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}

	target.SetString(fmt.Sprint(token.Value))

	return nil
}
