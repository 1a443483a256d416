package stack

import (
	"os/exec"
	"runtime"
)

// process is a running child and the goroutine that waits for it.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // what Wait returned; to be read once done is closed
}

// startProcess starts cmd and waits for it in the background. The caller owns the child: it has to see done closed.
//
// Starting and waiting happen on one locked thread, because Linux sends the parent death signal when the thread that forked
// ends, not when the process does, and Go ends threads as it likes.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)

	go func() {
		defer close(p.done)

		runtime.LockOSThread()
		defer runtime.UnlockOSThread()

		err := cmd.Start()
		started <- err

		if err == nil {
			p.err = cmd.Wait()
		}
	}()

	if err := <-started; err != nil {
		<-p.done

		return nil, err
	}

	return p, nil
}

// runProcess runs cmd to its end.
func runProcess(cmd *exec.Cmd) error {
	p, err := startProcess(cmd)
	if err != nil {
		return err
	}

	<-p.done

	return p.err
}

// exited tells whether the child has ended.
func (p *process) exited() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
