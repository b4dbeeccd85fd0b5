package main

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	const passing = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: noise\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1}
`
	const passed = `{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t1s\n"}
{"Action":"pass","Package":"p"}
`
	for name, test := range map[string]struct {
		events string
		want   string
		ok     bool
	}{
		"all pass": {passing + passed, "ok  \tp\t1s\n1 passed, 0 failed, 0 skipped\n", true},
		"a skipped test": {
			passing + `{"Action":"output","Package":"p","Test":"TestB/x","Output":"    b_test.go:1: no terraform\n"}` + "\n" +
				`{"Action":"skip","Package":"p","Test":"TestB/x"}` + "\n" + passed,
			"ok  \tp\t1s\nSKIPPED: p TestB/x\n    b_test.go:1: no terraform\n1 passed, 0 failed, 1 skipped\n", false,
		},
		"a failed test": {
			passing + `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: got 1, want 2\n"}` + "\n" +
				`{"Action":"fail","Package":"p","Test":"TestB"}` + "\n" +
				`{"Action":"output","Package":"p","Output":"FAIL\tp\t1s\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
			"    b_test.go:1: got 1, want 2\nFAIL\tp\t1s\n1 passed, 1 failed, 0 skipped\n", false,
		},
		"a panic": {
			passing + `{"Action":"output","Package":"p","Test":"TestB","Output":"panic: no\n"}` + "\n" + `{"Action":"fail","Package":"p"}` + "\n",
			"panic: no\n1 passed, 0 failed, 0 skipped\n", false,
		},
		"a package without tests": {
			passing + passed + `{"Action":"output","Package":"q","Output":"?   \tq\t[no test files]\n"}` + "\n" + `{"Action":"skip","Package":"q"}` + "\n",
			"ok  \tp\t1s\n?   \tq\t[no test files]\n1 passed, 0 failed, 0 skipped\n", true,
		},
		"a package that does not build": {
			`{"ImportPath":"p","Action":"build-output","Output":"p.go:1:1: syntax error\n"}` + "\n" +
				`{"Action":"fail","Package":"p","FailedBuild":"p"}` + "\n" + passing + passed,
			"p.go:1:1: syntax error\nok  \tp\t1s\n1 passed, 0 failed, 0 skipped\n", false,
		},
		"no tests":      {"", "0 passed, 0 failed, 0 skipped\n", false},
		"no events":     {"go: no such tool\n", "go: no such tool\n0 passed, 0 failed, 0 skipped\n", false},
		"no line break": {"truncated", "truncated0 passed, 0 failed, 0 skipped\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			ok := s.print()
			if out.String() != test.want || ok != test.ok {
				t.Errorf("got %t\n%s\nwant %t\n%s", ok, &out, test.ok, test.want)
			}
		})
	}
}
