// Command go verifies a Volens log with the code that the Go checksum database is verified with.
//
//	go run . DIR/log [VKEY]
//
// It shares nothing with Volens: signatures are checked by golang.org/x/mod/sumdb/note, the tree by
// golang.org/x/mod/sumdb/tlog. Only the paths of tiles and the bundles of entries (c2sp.org/tlog-tiles) and the three
// lines of the checkpoint (c2sp.org/tlog-checkpoint) are read here. VKEY is the verifier key as somebody outside was
// given it; without it, DIR/log/log.vkey is believed.
//
// Exit status: 0 the log is whole, 1 it is not (on stderr what each check found), 2 wrong usage. The root, the tiles and
// the inclusion proofs are checked apart from one another, so that each of them can be seen to find what it should.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run . DIR/log [VKEY]")
		os.Exit(2)
	}
	vkey := ""
	if len(os.Args) == 3 {
		vkey = os.Args[2]
	}
	tree, err := verify(os.Args[1], vkey)
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			fmt.Fprintln(os.Stderr, "rejected:", line)
		}
		os.Exit(1)
	}
	fmt.Printf("accepted: %d entries, root %v\n", tree.N, tree.Hash)
}

func verify(dir, vkey string) (tlog.Tree, error) {
	tree, err := readCheckpoint(dir, vkey)
	if err != nil {
		return tree, fmt.Errorf("checkpoint: %w", err)
	}
	leaves, err := readLeaves(dir, tree.N)
	if err != nil {
		return tree, fmt.Errorf("entries: %w", err)
	}
	stored, err := storedHashes(leaves)
	if err != nil {
		return tree, fmt.Errorf("entries: %w", err)
	}
	return tree, errors.Join(
		labelled("root", checkRoot(stored, tree)),
		labelled("tiles", checkTiles(dir, stored, tree.N)),
		labelled("inclusion", checkInclusion(dir, leaves, tree)),
	)
}

// labelled says which check an error is of.
func labelled(check string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", check, err)
}

// readCheckpoint verifies the signed note and reads its three lines: origin, size, root.
func readCheckpoint(dir, vkey string) (tlog.Tree, error) {
	if vkey == "" {
		data, err := os.ReadFile(filepath.Join(dir, "log.vkey"))
		if err != nil {
			return tlog.Tree{}, err
		}
		vkey = strings.TrimSuffix(string(data), "\n")
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, errors.New("not three lines")
	}
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("origin %q is not the name of the key, %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("malformed size %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, err
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// readLeaves recomputes the hash of every entry out of the bundles.
func readLeaves(dir string, size int64) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for first := int64(0); first < size; first += tileWidth {
		width := int(min(tileWidth, size-first))
		data, whole, err := readPartial(dir, "entries", first/tileWidth, width)
		if err != nil {
			return nil, err
		}
		for i := 0; i < width; i++ {
			if len(data) < 2 {
				return nil, fmt.Errorf("bundle ends before entry %d", first+int64(i))
			}
			end := 2 + int(data[0])<<8 + int(data[1])
			if len(data) < end {
				return nil, fmt.Errorf("bundle ends in the middle of entry %d", first+int64(i))
			}
			leaves = append(leaves, tlog.RecordHash(data[2:end]))
			data = data[end:]
		}
		if len(data) != 0 && !whole {
			return nil, fmt.Errorf("bytes behind entry %d, the last of its bundle", first+int64(width)-1)
		}
	}
	return leaves, nil
}

// storedHashes builds the whole tree over the leaves anew; nothing of it comes from a tile.
func storedHashes(leaves []tlog.Hash) (tlog.HashReader, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			if at >= int64(len(stored)) {
				return nil, fmt.Errorf("no stored hash %d", at)
			}
			hashes[i] = stored[at]
		}
		return hashes, nil
	})
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(n), leaf, reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return reader, nil
}

// checkRoot compares the root that the entries make with the signed one.
func checkRoot(stored tlog.HashReader, tree tlog.Tree) error {
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries have root %v, the checkpoint says %v", root, tree.Hash)
	}
	return nil
}

// checkTiles compares every hash tile of every level, byte for byte, with what the entries make it.
func checkTiles(dir string, stored tlog.HashReader, size int64) error {
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		got, err := readHashTile(dir, tile)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("tile %d of level %d is not what the entries make it", tile.N, tile.L)
		}
	}
	return nil
}

// checkInclusion proves every record out of the tiles on disk and checks the proof, as a client of the log would.
func checkInclusion(dir string, leaves []tlog.Hash, tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, &directory{dir: dir, cache: map[tlog.Tile][]byte{}})
	for n, leaf := range leaves {
		proof, err := tlog.ProveRecord(tree.N, int64(n), reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(n), leaf); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
	}
	return nil
}

// directory is a log directory as tlog.TileHashReader reads tiles.
type directory struct {
	dir   string
	cache map[tlog.Tile][]byte
}

func (d *directory) Height() int { return tileHeight }

func (d *directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, known := d.cache[tile]
		if !known {
			var err error
			if data, err = readHashTile(d.dir, tile); err != nil {
				return nil, err
			}
		}
		all[i] = data
	}
	return all, nil
}

// SaveTiles is called with tiles that were found to belong under the signed root.
func (d *directory) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, tile := range tiles {
		d.cache[tile] = data[i]
	}
}

// readHashTile reads the hashes of a tile, which must be as long as its name says.
func readHashTile(dir string, tile tlog.Tile) ([]byte, error) {
	data, whole, err := readPartial(dir, strconv.Itoa(tile.L), tile.N, tile.W)
	if err != nil {
		return nil, err
	}
	width := tile.W
	if whole {
		width = tileWidth
	}
	if len(data) != width*tlog.HashSize {
		return nil, fmt.Errorf("tile %d of level %d has %d bytes", tile.N, tile.L, len(data))
	}
	return data[:tile.W*tlog.HashSize], nil
}

// readPartial reads a tile or bundle. A partial one may be gone once the full one is there: then that is read instead,
// and whole says that more may follow than was asked for.
func readPartial(dir, level string, n int64, width int) (data []byte, whole bool, err error) {
	base := filepath.Join(dir, "tile", level, filepath.FromSlash(tileNumber(n)))
	if width == tileWidth {
		data, err = os.ReadFile(base)
		return data, false, err
	}
	data, err = os.ReadFile(filepath.Join(base+".p", strconv.Itoa(width)))
	if !errors.Is(err, fs.ErrNotExist) {
		return data, false, err
	}
	if full, other := os.ReadFile(base); other == nil {
		return full, true, nil
	}
	return nil, false, err
}

// tileNumber spells 1234067 as x001/x234/067.
func tileNumber(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}
