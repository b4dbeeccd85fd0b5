package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// idealClient is a client that knows the members of the group and the time at which
// each report is complete. It sends no request twice and decodes no rows. A client
// without this knowledge cannot be faster with the same limits on concurrent requests
// and reports in progress.
type idealClient struct {
	url   string
	token string
	http  http.Client
	slots chan struct{}
}

// concurrentRequests is the default of max_concurrent_requests.
const concurrentRequests = 32

func newIdealClient(url string) *idealClient {
	return &idealClient{
		url:   url + "/v1/teams/" + opasim.DefaultTeam,
		http:  http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrentRequests}},
		slots: make(chan struct{}, concurrentRequests),
	}
}

// run creates and downloads a report on each user, with at most pending reports in
// progress. It returns the elapsed time.
func (c *idealClient) run(users []*opasim.User, generation time.Duration, pending int) (took time.Duration, err error) {
	started := time.Now()
	login := must(json.Marshal(map[string]string{"key_id": opasim.DefaultKeyID, "key_secret": opasim.DefaultKeySecret}))
	var granted struct {
		BearerToken string `json:"bearer_token"`
	}
	if err := c.do(http.MethodPost, "/service_token", login, &granted); err != nil {
		return 0, err
	}
	c.token = granted.BearerToken
	progress := make(chan struct{}, pending)
	failures := make(chan error, len(users))
	var wait sync.WaitGroup
	for _, user := range users {
		progress <- struct{}{}
		wait.Go(func() {
			body := must(json.Marshal(map[string]any{"user": map[string]string{"id": user.ID, "resource_type_filter": "server"}}))
			var report struct {
				ID string `json:"id"`
			}
			err := c.do(http.MethodPost, "/access_reports", body, &report)
			time.Sleep(generation)
			if err == nil {
				err = c.do(http.MethodGet, "/access_reports/"+report.ID, nil, nil)
			}
			<-progress
			if err == nil {
				err = c.do(http.MethodGet, "/access_reports/"+report.ID+"/report", nil, nil)
			}
			failures <- err
		})
	}
	wait.Wait()
	for range users {
		if err := <-failures; err != nil {
			return 0, err
		}
	}
	return time.Since(started), nil
}

func (c *idealClient) do(method, path string, body []byte, into any) error {
	c.slots <- struct{}{}
	defer func() { <-c.slots }()
	request := must(http.NewRequest(method, c.url+path, bytes.NewReader(body)))
	request.Header = http.Header{"Accept": {"application/json"}, "User-Agent": {"ideal/1"}}
	if strings.HasSuffix(path, "/report") {
		request.Header.Set("Accept", "text/csv")
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode > 299:
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	case into == nil:
		return nil
	}
	return json.Unmarshal(text, into)
}
