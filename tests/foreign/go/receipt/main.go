// Command receipt checks a receipt with code that others wrote: Ed25519 and SHA-256 of the Go standard library, the signed notes and
// the transparency log of golang.org/x/mod/sumdb. It reads docs/receipts.md and nothing else of the project.
//
//	receipt FILE KEYSET
//
// Exit status 0: every step holds. 1: one does not, and standard error names it.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type receipt struct {
	Notice  string
	Receipt string
	Log     struct{ Entry, Opening, Proof string }
}

type document struct {
	Event json.RawMessage `json:"volens:event"`
	Log   struct {
		Index int64
		Tag   string
		Vkey  string
	} `json:"volens:log"`
}

type keySet struct {
	Keys []struct{ Kid, X string }
	Log  string
}

func main() {
	if err := check(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "rejected:", err)
		os.Exit(1)
	}
}

func check(receiptFile, keyFile string) error {
	var r receipt
	var keys keySet
	for name, into := range map[string]any{receiptFile: &r, keyFile: &keys} {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, into); err != nil {
			return err
		}
	}
	doc, err := open(r.Receipt, keys)
	if err != nil {
		return err
	}
	if err := checkContent(r, doc); err != nil {
		return err
	}
	return checkLog(r, doc, keys.Log)
}

// open checks the JWS and reads what was signed.
func open(token string, keys keySet) (document, error) {
	var doc document
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return doc, errors.New("signature: not a compact JWS")
	}
	raw := make([][]byte, 3)
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return doc, err
		}
		raw[i] = decoded
	}
	var header struct{ Alg, Kid string }
	if err := json.Unmarshal(raw[0], &header); err != nil {
		return doc, err
	}
	for _, key := range keys.Keys {
		public, err := base64.RawURLEncoding.Strict().DecodeString(key.X)
		if err != nil || len(public) != ed25519.PublicKeySize || key.Kid != header.Kid || header.Alg != "EdDSA" {
			continue
		}
		if ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), raw[2]) {
			return doc, json.Unmarshal(raw[1], &doc)
		}
	}
	return doc, errors.New("signature: not by a known key")
}

// checkContent ties the notice and the entry to what was signed.
func checkContent(r receipt, doc document) error {
	var event struct{ Notice, Status string }
	if err := json.Unmarshal(doc.Event, &event); err != nil {
		return err
	}
	told := sha256.Sum256([]byte(r.Notice))
	if hex.EncodeToString(told[:]) != event.Notice {
		return errors.New("notice: another text")
	}
	var entry struct{ C, G, K, O string }
	if err := json.Unmarshal([]byte(r.Log.Entry), &entry); err != nil {
		return err
	}
	opening, err := hex.DecodeString(r.Log.Opening)
	if err != nil || len(opening) != 32 {
		return errors.New("commitment: no opening")
	}
	bound := sha256.Sum256([]byte("volens/commit/v1\x00" + string(opening) + string(doc.Event)))
	if base64.RawURLEncoding.EncodeToString(bound[:]) != entry.C {
		return errors.New("commitment: the entry binds something else")
	}
	if entry.K != "consent" || entry.O != event.Status || entry.G != doc.Log.Tag {
		return errors.New("commitment: the entry is about something else")
	}
	return nil
}

// checkLog checks the proof with the libraries of the Go checksum database.
func checkLog(r receipt, doc document, vkey string) error {
	if doc.Log.Vkey != vkey {
		return errors.New("checkpoint: of another log")
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	head, signed, found := strings.Cut(r.Log.Proof, "\n\n")
	if !found {
		return errors.New("inclusion: no proof")
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() {
		return errors.New("checkpoint: malformed")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	rows := strings.Split(head, "\n")
	if rows[0] != "c2sp.org/tlog-proof@v1" || rows[1] != "index "+strconv.FormatInt(doc.Log.Index, 10) {
		return errors.New("inclusion: about another entry")
	}
	var proof tlog.RecordProof
	for _, row := range rows[2:] {
		hash, err := tlog.ParseHash(row)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	leaf := tlog.RecordHash([]byte(r.Log.Entry))
	if err := tlog.CheckRecord(proof, size, root, doc.Log.Index, leaf); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	return nil
}
