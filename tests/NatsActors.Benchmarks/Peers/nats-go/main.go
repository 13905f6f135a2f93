// A peer of the benchmark: publishes MESSAGES messages of PAYLOAD_BYTES with nats.go, waits for the server's answer to a PING (or, with
// WINDOW, for the last PubAck of asynchronous publishes with ids), and prints the messages a second.
package main

import (
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}

func main() {
	subject, messages, payload := os.Getenv("SUBJECT"), number("MESSAGES"), make([]byte, number("PAYLOAD_BYTES"))
	connection, err := nats.Connect(os.Getenv("NATS_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()

	var took time.Duration
	if os.Getenv("WINDOW") != "" {
		took = stream(connection, subject, messages, payload)
	} else {
		took = core(connection, subject, messages, payload)
	}
	fmt.Printf("%.0f\n", float64(messages)/took.Seconds())
}

func core(connection *nats.Conn, subject string, messages int, payload []byte) time.Duration {
	started := time.Now()
	for i := 0; i < messages; i++ {
		if err := connection.Publish(subject, payload); err != nil {
			log.Fatal(err)
		}
	}
	if err := connection.FlushTimeout(time.Minute); err != nil {
		log.Fatal(err)
	}
	return time.Since(started)
}

func stream(connection *nats.Conn, subject string, messages int, payload []byte) time.Duration {
	context, err := connection.JetStream(nats.PublishAsyncMaxPending(number("WINDOW")))
	if err != nil {
		log.Fatal(err)
	}
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	started := time.Now()
	for i := 0; i < messages; i++ {
		if _, err := context.PublishAsync(subject, payload, nats.MsgId(run+"."+strconv.Itoa(i))); err != nil {
			log.Fatal(err)
		}
	}
	select {
	case <-context.PublishAsyncComplete():
	case <-time.After(time.Minute):
		log.Fatal("not all were answered within a minute")
	}
	return time.Since(started)
}
