package control

const (
	stoppedPaused = "paused"
	stoppedHalted = "halted"
)

// stops says of a program why none of its jobs is taken: an operator has paused it, or all its workers that live are halted.
func stops(status Status) func(program string) string {
	paused, halted, serving := map[string]bool{}, map[string]bool{}, map[string]bool{}

	for _, pause := range status.Pauses {
		paused[pause.Program] = true
	}

	for _, worker := range status.Workers {
		for _, told := range worker.Programs {
			switch {
			case worker.Gone:
			case told.Halt != nil:
				halted[told.Name] = true
			default:
				serving[told.Name] = true
			}
		}
	}

	return func(program string) string {
		switch {
		case paused[program] || paused[""]:
			return stoppedPaused
		case halted[program] && !serving[program]:
			return stoppedHalted
		default:
			return ""
		}
	}
}
