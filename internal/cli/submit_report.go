package cli

import (
	"errors"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/settings"
)

// fileReport is what became of a file, for programs.
type fileReport struct {
	File            string           `json:"file"`
	Batch           string           `json:"batch"`
	RowsRead        int64            `json:"rows_read"`
	RowsRejected    int64            `json:"rows_rejected"`
	RowsSent        int64            `json:"rows_sent"`
	RowsSentBefore  int64            `json:"rows_sent_before"`
	RowsUnconfirmed int64            `json:"rows_unconfirmed,omitempty"`
	ByCode          map[string]int64 `json:"by_code"`
	Reasons         []rejects.Reason `json:"reasons,omitempty"`
	RejectsFile     string           `json:"rejects_file,omitempty"`
	Refused         string           `json:"refused,omitempty"`
	DryRun          bool             `json:"dry_run,omitempty"`
	Error           string           `json:"error,omitempty"`
}

// fileReports are those of a command's files, in their order.
type fileReports []fileReport

// of notes what becomes of each file.
func (r *fileReports) of(work func(cardFile) (bulk.Summary, error)) func(cardFile) (bulk.Summary, error) {
	return func(file cardFile) (bulk.Summary, error) {
		summary, err := work(file)

		report := fileReport{
			File: settings.Masked(file.path), Batch: file.batch, RowsRead: summary.RowsRead, RowsRejected: summary.Rejected,
			RowsSent: summary.Published, RowsSentBefore: summary.Duplicates, RowsUnconfirmed: summary.Unconfirmed(),
			ByCode: summary.ByCode, Reasons: summary.Reasons, RejectsFile: settings.Masked(summary.RejectsPath),
		}

		r.add(report, err)

		return summary, err
	}
}

// dry notes what was found in a file of which nothing is sent.
func (r *fileReports) dry(file cardFile, found check.Findings, err error) {
	report := fileReport{
		File: settings.Masked(file.path), Batch: file.batch, RowsRead: found.Rows, RowsRejected: found.Rejected, ByCode: found.ByCode,
		Reasons: found.Reasons, RejectsFile: settings.Masked(found.RejectsPath), Refused: settings.Masked(found.Refused), DryRun: true,
	}

	r.add(report, err)
}

// add notes a report, with the error unless that only says that rows were rejected.
func (r *fileReports) add(report fileReport, err error) {
	if report.ByCode == nil { // the work did not begin
		report.ByCode = map[string]int64{}
	}

	if err != nil && !errors.Is(err, errRejected) {
		report.Error = settings.Masked(err.Error())
	}

	*r = append(*r, report)
}

// conclude prints the reports if a program reads them, and returns how the work ended. Where the batch is followed, the output
// is that of the following.
func (r *fileReports) conclude(streams Streams, w Waiting, err error) error {
	if !w.JSON || w.Wait {
		return err
	}

	return errors.Join(err, writeJSON(streams.Out, *r))
}
