// A miner in Go: SHA-256 twice over a header with a nonce, until the digest is below a target. The page
// calls search(header, target, start, count) and gets the nonce or -1.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"syscall/js"
)

func main() {
	js.Global().Set("search", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		header, target := make([]byte, 80), make([]byte, 32)
		js.CopyBytesToGo(header, arguments[0])
		js.CopyBytesToGo(target, arguments[1])
		start, count := uint32(arguments[2].Int()), uint32(arguments[3].Int())
		for nonce := start; nonce != start+count; nonce++ {
			binary.LittleEndian.PutUint32(header[76:], nonce)
			once := sha256.Sum256(header)
			twice := sha256.Sum256(once[:])
			for left, right := 0, 31; left < right; left, right = left+1, right-1 {
				twice[left], twice[right] = twice[right], twice[left]
			}
			if bytes.Compare(twice[:], target) < 0 {
				return int(nonce)
			}
		}
		return -1
	}))
	select {}
}
