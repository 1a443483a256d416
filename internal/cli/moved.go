package cli

import (
	"errors"
	"fmt"
	"os"
)

// errMoved ends a command that the program no longer has.
var errMoved = errors.New("is part of the program demo now")

// errOfWorker ends a command that only the other program has.
var errOfWorker = errors.New("is part of the program worker")

func exists(file string) bool {
	_, err := os.Stat(file)

	return err == nil
}

// moved answers the commands that the program worker no longer has: scripts and people still give them. No argument is repeated,
// as any word of the line may hold a password.
func moved(program string, args []string) error {
	if program == "submit" && len(args) > 1 && args[0] == "card" && !exists("card") {
		return fmt.Errorf("the command card %w: worker card JOB_ID, which has the settings by which Mastercard is called", errOfWorker)
	}

	if program != "worker" || len(args) == 0 {
		return nil
	}

	usage := map[string]string{"demo": "demo [FILE]", "keygen": "demo keygen DIR"}[args[0]]
	if usage == "" {
		return nil
	}

	return fmt.Errorf("the command %s %w: %s (in a checkout: go run ./cmd/%s)", args[0], errMoved, usage, usage)
}
