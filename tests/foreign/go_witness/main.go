// Command go_witness judges what a witness and a gateway give out with the public implementations of the formats.
//
//	go_witness checkpoint LOG_VKEY WITNESS_VKEY < NOTE
//	go_witness proof LOG_VKEY WITNESS_VKEY ENTRY_FILE < TLOG_PROOF
//
// It shares nothing with Volens: notes and signatures are checked by golang.org/x/mod/sumdb/note and
// github.com/transparency-dev/formats (log and note: cosignature/v1), inclusion by github.com/transparency-dev/merkle.
//
// Exit status: 0 and what was found, 1 it does not hold, 2 wrong usage.
package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: go_witness checkpoint|proof LOG_VKEY WITNESS_VKEY [ENTRY_FILE]")
		os.Exit(2)
	}
	data, err := io.ReadAll(os.Stdin)
	if err == nil {
		switch os.Args[1] {
		case "checkpoint":
			err = checkCheckpoint(data, os.Args[2], os.Args[3])
		case "proof":
			err = checkProof(data, os.Args[2], os.Args[3], os.Args[4])
		default:
			err = errors.New("unknown command")
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rejected:", err)
		os.Exit(1)
	}
}

// open verifies the log's signature and the witness's cosignature, and says when the witness signed.
func open(data []byte, logKey, witnessKey string) (*log.Checkpoint, error) {
	logVerifier, err := note.NewVerifier(logKey)
	if err != nil {
		return nil, err
	}
	witness, err := fnote.NewVerifierForCosignatureV1(witnessKey)
	if err != nil {
		return nil, err
	}
	checkpoint, _, opened, err := log.ParseCheckpoint(data, logVerifier.Name(), logVerifier, witness)
	if err != nil {
		return nil, err
	}
	for _, signature := range opened.Sigs {
		if signature.Name == witness.Name() && signature.Hash == witness.KeyHash() {
			at, err := fnote.CoSigV1Timestamp(signature)
			if err != nil {
				return nil, err
			}
			fmt.Printf("accepted: %d entries, cosigned at %d\n", checkpoint.Size, at.Unix())
			return checkpoint, nil
		}
	}
	return nil, errors.New("not cosigned by the witness")
}

func checkCheckpoint(data []byte, logKey, witnessKey string) error {
	_, err := open(data, logKey, witnessKey)
	return err
}

// checkProof reads a c2sp.org/tlog-proof: title, index, hashes, an empty line, the checkpoint.
func checkProof(data []byte, logKey, witnessKey, entryFile string) error {
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof")
	}
	index, err := strconv.ParseUint(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var hashes [][]byte
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		hashes = append(hashes, hash)
	}
	checkpoint, err := open(rest, logKey, witnessKey)
	if err != nil {
		return err
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(entry)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, index, checkpoint.Size, leaf, hashes, checkpoint.Hash)
}
