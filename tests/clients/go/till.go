// net/http with its default client: a till that pays once.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

type object = map[string]any

// errNoAnswer says that the connection broke: the work may be done or not.
var errNoAnswer = errors.New("no answer")

var base = os.Getenv("TILL_URL")

func send(request *http.Request) (object, error) {
	answer, err := http.DefaultClient.Do(request)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return nil, fmt.Errorf("%w: %v", errNoAnswer, err)
	}
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	switch {
	case answer.StatusCode >= 502 && answer.StatusCode <= 504:
		return nil, fmt.Errorf("%w: %s", errNoAnswer, answer.Status)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return nil, fmt.Errorf("%s %s: %s %s", request.Method, request.URL, answer.Status, text)
	case len(text) == 0:
		return object{}, nil
	}
	found := object{}
	return found, json.Unmarshal(text, &found)
}

func fetchToken() string {
	form := url.Values{}
	form.Set("grant_type", "client_credentials")
	form.Set("merchant_vat", os.Getenv("TILL_MERCHANT"))
	where := base + "/integrator-authentication/connect/token"
	request, err := http.NewRequest("POST", where, strings.NewReader(form.Encode()))
	check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(os.Getenv("TILL_CLIENT_ID"), os.Getenv("TILL_SECRET"))
	found, err := send(request)
	check(err)
	return found["access_token"].(string)
}

type till struct{ token string }

func (t till) try(method, path string, body object, key string) (object, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		check(err)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, base+"/pos/v10"+path, content)
	check(err)
	request.Header.Set("Authorization", "Bearer "+t.token)
	request.Header.Set("X-MobilePay-Client-System-Version", "1.0.0")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("X-MobilePay-Idempotency-Key", key)
	}
	return send(request)
}

func (t till) pos(method, path string, body object, key string) object {
	found, err := t.try(method, path, body, key)
	check(err)
	return found
}

func (t till) untilReserved(path string, delay time.Duration) {
	time.Sleep(delay)
	for t.pos("GET", path, nil, "")["status"] != "Reserved" {
		time.Sleep(delay)
	}
}

func newKey(word string) string {
	random := make([]byte, 8)
	_, err := rand.Read(random)
	check(err)
	return fmt.Sprintf("%s-%x", word, random)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	t := till{fetchToken()}
	store := t.pos("GET", "/stores", nil, "")["storeIds"].([]any)[0]
	posID := t.pos("POST", "/pointofsales", object{
		"merchantPosId": "till-1", "storeId": store, "name": "Till 1",
		"supportedBeaconTypes": []string{"QR"},
	}, newKey("pos"))["posId"].(string)

	order := object{
		"posId": posID, "orderId": "order-1", "amount": 10.50, "currencyCode": "DKK",
		"plannedCaptureDelay": "None",
	}
	key, again := newKey("order"), 0
	found, err := t.try("POST", "/payments", order, key)
	for errors.Is(err, errNoAnswer) && again < 2 {
		again++
		time.Sleep(100 * time.Millisecond)
		found, err = t.try("POST", "/payments", order, key)
	}
	check(err)
	payment := found["paymentId"].(string)
	milliseconds := t.pos("GET", "/payments/"+payment, nil, "")["pollDelayInMs"].(float64)
	delay := time.Duration(milliseconds) * time.Millisecond
	t.untilReserved("/payments/"+payment, delay)
	t.pos("POST", "/payments/"+payment+"/capture", object{"amount": 10.50}, "")

	refund := t.pos("POST", "/refunds", object{
		"paymentId": payment, "refundOrderId": "refund-1", "amount": 4.00, "currencyCode": "DKK",
	}, newKey("refund"))["refundId"].(string)
	t.untilReserved("/refunds/"+refund, delay)
	t.pos("POST", "/refunds/"+refund+"/capture", nil, "")
	status := t.pos("GET", "/payments/"+payment, nil, "")["status"]
	t.pos("DELETE", "/pointofsales/"+posID, nil, "")
	fmt.Printf("payment=%s refund=%s status=%s again=%d\n", payment, refund, status, again)
}
