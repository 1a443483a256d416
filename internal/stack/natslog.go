package stack

import (
	"fmt"
	"strings"
	"sync"
)

// serverLog keeps the last warnings and errors of a NATS server, for the error of a start that fails. nats-server's own
// logger would end the process on a fatal error.
type serverLog struct {
	mu    sync.Mutex
	lines []string
	err   error
}

const serverLogLines = 5

func newServerLog() *serverLog { return &serverLog{} }

func (l *serverLog) keepf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()

	l.lines = append(l.lines, fmt.Sprintf(format, v...))
	if len(l.lines) > serverLogLines {
		l.lines = l.lines[1:]
	}
}

// tail is what was logged, ready to follow an error's text.
func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()

	if len(l.lines) == 0 {
		return ""
	}

	return "; it logged: " + strings.Join(l.lines, "; ")
}

// fatal is the error that the server gave up with, if it did.
func (l *serverLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.err
}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()

	if l.err == nil {
		l.err = fmt.Errorf(format, v...)
	}
}

func (l *serverLog) Errorf(format string, v ...any) { l.keepf(format, v...) }
func (l *serverLog) Warnf(format string, v ...any)  { l.keepf(format, v...) }
func (l *serverLog) Noticef(string, ...any)         {}
func (l *serverLog) Debugf(string, ...any)          {}
func (l *serverLog) Tracef(string, ...any)          {}
