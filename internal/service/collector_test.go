package service_test

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/service"
)

// How often garbage is collected is the whole process's.
//
//nolint:paralleltest // see above
func TestTheCollectorIsTunedUnlessSomebodySaysHow(t *testing.T) {
	was := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(was) })

	service.TuneCollector(func(name string) string { return map[string]string{"GOGC": "50"}[name] })
	require.Equal(t, 100, debug.SetGCPercent(100), "Go has read it already")

	service.TuneCollector(func(string) string { return "" })
	require.Equal(t, 200, debug.SetGCPercent(100))
}
