// What a Tessera log on a POSIX file system does under the load that bench/audit.py puts on ours: entries of one size, added by so
// many clients that each wait for their entry's index, and by an open loop at a fixed rate. Prints one JSON object.
//
//	tesserabench DIRECTORY -size 330 -seconds 2 -rate 1000 -clients 1,32,512 -age 5ms
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

type measured struct {
	Clients   int     `json:"clients,omitempty"`
	Offered   int     `json:"offered_per_second,omitempty"`
	PerSecond float64 `json:"entries_per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
}

type log struct {
	appender *tessera.Appender
	size     int
}

// add adds one entry, and returns how long it took until it had its place and was written.
func (l *log) add(ctx context.Context, since time.Time) (time.Duration, error) {
	data := make([]byte, l.size)
	if _, err := rand.Read(data); err != nil {
		return 0, err
	}
	for {
		_, err := l.appender.Add(ctx, tessera.NewEntry(data))()
		if !errors.Is(err, tessera.ErrPushback) {
			return time.Since(since), err
		}
		time.Sleep(time.Millisecond)
	}
}

func told(waits []time.Duration, took time.Duration) measured {
	sort.Slice(waits, func(i, j int) bool { return waits[i] < waits[j] })
	at := func(share float64) float64 {
		return float64(waits[min(len(waits)-1, int(share*float64(len(waits))))].Microseconds()) / 1e3
	}
	return measured{PerSecond: float64(len(waits)) / took.Seconds(), P50: at(0.5), P99: at(0.99)}
}

// closed has so many clients, one entry under way each.
func (l *log) closed(ctx context.Context, clients int, lasts time.Duration) (measured, error) {
	found := make([][]time.Duration, clients)
	failed := make([]error, clients)
	var group sync.WaitGroup
	began := time.Now()
	for number := range clients {
		group.Go(func() {
			for time.Since(began) < lasts && failed[number] == nil {
				wait, err := l.add(ctx, time.Now())
				found[number], failed[number] = append(found[number], wait), err
			}
		})
	}
	group.Wait()
	all := []time.Duration{}
	for _, waits := range found {
		all = append(all, waits...)
	}
	result := told(all, time.Since(began))
	result.Clients = clients
	return result, errors.Join(failed...)
}

// open adds entries at a fixed rate, whatever the log does; each is timed from the moment it was due.
func (l *log) open(ctx context.Context, rate int, lasts time.Duration) (measured, error) {
	total := int(float64(rate) * lasts.Seconds())
	waits, failed := make([]time.Duration, total), make([]error, total)
	var group sync.WaitGroup
	began := time.Now()
	for number := range total {
		due := began.Add(time.Duration(number) * time.Second / time.Duration(rate))
		time.Sleep(time.Until(due))
		group.Go(func() { waits[number], failed[number] = l.add(ctx, due) })
	}
	group.Wait()
	result := told(waits, time.Since(began))
	result.Offered = rate
	return result, errors.Join(failed...)
}

func run(directory string, size, rate int, seconds float64, age time.Duration, clients []int) (map[string]any, error) {
	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/tessera")
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(tessera.DefaultBatchMaxSize, age)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	l := &log{appender, size}
	lasts := time.Duration(seconds * float64(time.Second))
	opened, err := l.open(ctx, rate, lasts)
	if err != nil {
		return nil, err
	}
	loops := []measured{}
	for _, many := range clients {
		loop, err := l.closed(ctx, many, lasts)
		if err != nil {
			return nil, err
		}
		loops = append(loops, loop)
	}
	return map[string]any{"open_loop": opened, "closed_loop": loops}, shutdown(ctx)
}

func main() {
	size := flag.Int("size", 330, "bytes of an entry")
	rate := flag.Int("rate", 1000, "entries a second in the open loop")
	seconds := flag.Float64("seconds", 2, "length of each loop")
	age := flag.Duration("age", 5*time.Millisecond, "how long an entry waits for others")
	listed := flag.String("clients", "1,32,512", "clients of the closed loops")
	flag.Parse()
	clients := []int{}
	for _, text := range strings.Split(*listed, ",") {
		many, err := strconv.Atoi(text)
		if err != nil || many < 1 {
			fmt.Fprintln(os.Stderr, "clients are numbers above 0")
			os.Exit(2)
		}
		clients = append(clients, many)
	}
	found, err := run(flag.Arg(0), *size, *rate, *seconds, *age, clients)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
