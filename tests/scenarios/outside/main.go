// Checks a log's public folder with golang.org/x/mod alone: the signature of its checkpoint, an inclusion proof for every
// entry and a consistency proof from every smaller tree. Usage: check VKEY-FILE PUBLIC-FOLDER
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(what string, err error) {
	fmt.Fprintln(os.Stderr, what, err)
	os.Exit(1)
}

// hashes keeps what tlog stores for each record, in memory.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = h[index]
	}
	return found, nil
}

func bundle(public string, number, size int64) []byte {
	path := fmt.Sprintf("%03d", number)
	if width := size - number*256; width < 256 {
		path += fmt.Sprintf(".p/%d", width)
	}
	content, err := os.ReadFile(filepath.Join(public, "tile", "entries", path))
	if err != nil {
		fail("bundle", err)
	}
	return content
}

func main() {
	vkey, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("key", err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		fail("key", err)
	}
	public := os.Args[2]
	text, err := os.ReadFile(filepath.Join(public, "checkpoint"))
	if err != nil {
		fail("checkpoint", err)
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint", err)
	}
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		fail("size", err)
	}
	var root tlog.Hash
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || copy(root[:], raw) != len(root) {
		fail("root", err)
	}

	var stored hashes
	var entries [][]byte
	for number := int64(0); number*256 < size; number++ {
		for rest := bundle(public, number, size); len(rest) > 0; {
			length := int(binary.BigEndian.Uint16(rest))
			entry := rest[2 : 2+length]
			more, err := tlog.StoredHashes(int64(len(entries)), entry, stored)
			if err != nil {
				fail("hashes", err)
			}
			stored = append(stored, more...)
			entries = append(entries, entry)
			rest = rest[2+length:]
		}
	}
	if int64(len(entries)) != size {
		fail("entries", fmt.Errorf("%d, expected %d", len(entries), size))
	}
	for index, entry := range entries {
		proof, err := tlog.ProveRecord(size, int64(index), stored)
		if err == nil {
			err = tlog.CheckRecord(proof, size, root, int64(index), tlog.RecordHash(entry))
		}
		if err != nil {
			fail(fmt.Sprintf("entry %d", index), err)
		}
	}
	trees := 0
	for _, line := range strings.Split(strings.TrimSpace(readString(filepath.Join(public, "history"))), "\n") {
		words := strings.Split(line, " ")
		old, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			fail("history", err)
		}
		trees++
		if old == 0 {
			continue
		}
		var oldRoot tlog.Hash
		oldRaw, err := base64.StdEncoding.DecodeString(words[1])
		if err != nil || copy(oldRoot[:], oldRaw) != len(oldRoot) {
			fail("history", err)
		}
		proof, err := tlog.ProveTree(size, old, stored)
		if err == nil {
			err = tlog.CheckTree(proof, size, root, old, oldRoot)
		}
		if err != nil {
			fail(fmt.Sprintf("tree of %d", old), err)
		}
	}
	fmt.Printf("%d entries, every one proven; %d earlier trees consistent\n", size, trees)
}

func readString(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		fail("read", err)
	}
	return string(content)
}
