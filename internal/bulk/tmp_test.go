package bulk_test
import ("testing";"fmt";"time";"enroll.example/clicktopay/internal/bulk";"enroll.example/clicktopay/pkg/jobs")
func TestTmp(t *testing.T){
	text := cards(10000)
	for _, bs := range []int{100,250,500} { for _, f := range []int{1,4,8} {
		q := newQueue(t, jobs.Topology{})
		o := options(t); o.BatchSize=bs; o.InFlight=f; o.Now=time.Now
		s, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer:newOffice(t).sealer, Queue:q}, o)
		fmt.Println(bs, f, s.Elapsed, err)
		o.Batch="c"
		s, err = bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer:newOffice(t).sealer, Queue:q}, o)
		fmt.Println(bs, f, s.Elapsed, err)
	}}
}
